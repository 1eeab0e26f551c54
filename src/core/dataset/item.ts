/** @file One picture of a data set as plain data: where it lies, what is said about it, and who said it. */

import type { Members } from './caption-record.ts';

/** A style as a caption was written in it. */
export interface WornStyle {
  /** Made from what was learned: it stays when the style is renamed. */
  readonly id: string;
  /** From 0 to 2; 1 is as learned. */
  readonly scale: number;
}

/** A model that wrote a caption. */
export interface ModelAuthor {
  readonly kind: 'model';
  readonly model: string;
  /** The style's name at that time, with its strength; null is the model as it is. */
  readonly style: string | null;
  /** Which style that was; absent in records of earlier versions, and without a style. */
  readonly worn?: WornStyle;
  readonly prompt: string;
  /** The decoding options that differed from the model's own, by name; absent where none did, and in records of earlier versions. */
  readonly decoding?: Members;
}

/** Who wrote a caption. */
export type Author =
  | { readonly kind: 'file'; readonly file: string } // came with the data set, from this file
  | { readonly kind: 'person' }
  | ModelAuthor
  | { readonly kind: 'rule'; readonly rule: string }; // an operation on many captions, such as find and replace

/** One caption. */
export interface Caption {
  readonly text: string;
  readonly author: Author;
}

/** What of a picture can be edited. */
export interface ItemContent {
  /** The first one is the picture's caption where a format holds only one. */
  readonly captions: readonly Caption[];
  readonly tags: readonly string[];
}

/** A picture of a data set. */
export interface DatasetItem extends ItemContent {
  /** Where it lies below the data set, with forward slashes; unique. */
  readonly path: string;
  /** Null where captions name a picture that is not there. @unit bytes */
  readonly byteLength: number | null;
  /** Such as `train`; null where the data set has no parts. */
  readonly split: string | null;
  /** The source's own number or name of the picture, where it has one. */
  readonly id: string | null;
  /** Further members of the picture's row, kept for formats that can hold them. */
  readonly metadata: Members;
}

/** Makes an item of what is known of it. */
export function makeItem(path: string, known: Partial<Omit<DatasetItem, 'path'>> = {}): DatasetItem {
  return { path, byteLength: null, captions: [], tags: [], split: null, id: null, metadata: {}, ...known };
}

/** Gives the text that stands for an item where one caption is wanted; '' where it has none. */
export function captionOf({ captions }: ItemContent): string {
  return captions[0]?.text ?? '';
}

/** Gives a copy with another first caption, the others as they are; an empty text takes the first caption away. */
export function withCaption<T extends ItemContent>(item: T, caption: Caption): T {
  return { ...item, captions: [...(caption.text === '' ? [] : [caption]), ...item.captions.slice(1)] };
}

/** Names an author in a few words. */
export function sayAuthor(author: Author): string {
  switch (author.kind) {
    case 'file':
      return author.file;
    case 'person':
      return 'you';
    case 'model':
      return author.style === null ? author.model : `${author.model}, ${author.style}`;
    case 'rule':
      return author.rule;
    default:
      return author satisfies never;
  }
}

/** Gives the folder of a path, '' for one at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Gives the last part of a path. */
export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Gives a path without the ending of its last part. A dot at the beginning of a name begins no ending. */
export function stemOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}

/** Gives the ending of a path with its dot in small letters, '' where it has none. */
export function endingOf(path: string): string {
  return path.slice(stemOf(path).length).toLowerCase();
}
