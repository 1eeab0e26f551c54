/** @file Prompts with places for what is known of a picture: `Improve this caption: {caption}`. */

import { StudioError } from '../../error.ts';
import { baseNameOf, captionOf, folderOf, stemOf, type DatasetItem } from '../item.ts';

/** What a prompt can tell of a picture. */
export interface TemplateSubject {
  readonly item: DatasetItem;
  /** Null until the picture was decoded. @unit pixels */
  readonly width: number | null;
  /** @unit pixels */
  readonly height: number | null;
}

/** All places by name, with what stands there; a text that is not known is empty. */
export const templateFields = {
  caption: { meaning: 'the caption that is there', read: ({ item }) => captionOf(item).trim() },
  captions: { meaning: 'all captions, a line each', read: ({ item }) => item.captions.map(({ text }) => text.trim()).join('\n') },
  tags: { meaning: 'tags between commas', read: ({ item }) => item.tags.join(', ') },
  name: { meaning: 'the file’s name without its ending', read: ({ item }) => stemOf(baseNameOf(item.path)) },
  folder: { meaning: 'the name of its folder', read: ({ item }) => baseNameOf(folderOf(item.path)) },
  path: { meaning: 'folders and name', read: ({ item }) => item.path },
  split: { meaning: 'train, validation or test', read: ({ item }) => item.split ?? '' },
  width: { meaning: 'pixels from left to right', read: ({ width }) => (width === null ? '' : String(width)) },
  height: { meaning: 'pixels from top to bottom', read: ({ height }) => (height === null ? '' : String(height)) },
  shape: { meaning: 'landscape, portrait or square', read: ({ width, height }) => shapeOf(width, height) },
} as const satisfies Readonly<Record<string, { readonly meaning: string; readonly read: (subject: TemplateSubject) => string }>>;

/** The name of a place. */
export type TemplateField = keyof typeof templateFields;

/** A part of a template: text, a place, or a stretch in brackets that is left out where all its places are empty. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: TemplateField }
  | { readonly kind: 'member'; readonly key: string }
  | { readonly kind: 'optional'; readonly parts: readonly TemplatePart[] };

/** A template that has been read. */
export interface PromptTemplate {
  readonly parts: readonly TemplatePart[];
  /** Whether it asks for the caption that is there. */
  readonly usesCaption: boolean;
}

/**
 * Reads a template. `{caption}` is a place, `{meta.artist}` a member of the picture's row, `[Tags: {tags}.]` is left out without tags;
 * `{{`, `}}`, `[[` and `]]` are the signs themselves.
 *
 * @throws {StudioError} 'prompt-invalid' with `details.start` and `details.end` when a place is unknown or a bracket does not end
 */
export function parseTemplate(text: string): PromptTemplate {
  const state = { text, at: 0 };
  const parts = readParts(state, false);
  const uses = (part: TemplatePart): boolean =>
    part.kind === 'optional' ? part.parts.some(uses) : part.kind === 'field' && (part.field === 'caption' || part.field === 'captions');
  return { parts, usesCaption: parts.some(uses) };
}

/** Fills a template in. */
export function renderTemplate({ parts }: PromptTemplate, subject: TemplateSubject): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'field') return templateFields[part.field].read(subject);
      if (part.kind === 'member') return sayMember(subject.item.metadata[part.key]);
      const places = part.parts.filter(({ kind }) => kind !== 'text');
      const isEmpty = places.length > 0 && renderTemplate({ parts: places, usesCaption: false }, subject) === '';
      return isEmpty ? '' : renderTemplate({ parts: part.parts, usesCaption: false }, subject);
    })
    .join('');
}

/** Writes a text as a template that reads as just that text. */
export function literalTemplate(text: string): string {
  return text.replaceAll(/[{}[\]]/gu, (sign) => sign + sign);
}

interface ReadingState {
  readonly text: string;
  at: number;
}

function readParts(state: ReadingState, isInside: boolean): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  const start = state.at;
  let text = '';
  const endText = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  while (state.at < state.text.length) {
    const sign = state.text.charAt(state.at);
    const isDouble = '{}[]'.includes(sign) && state.text.charAt(state.at + 1) === sign;
    if (isDouble && !(isInside && sign === ']')) {
      text += sign;
      state.at += 2;
    } else if (sign === '{') {
      endText();
      parts.push(readPlace(state));
    } else if (sign === '[' && !isInside && hasPlace(state)) {
      endText();
      state.at++;
      parts.push({ kind: 'optional', parts: readParts(state, true) });
    } else if (sign === ']' && isInside) {
      endText();
      state.at++;
      return parts;
    } else {
      text += sign;
      state.at++;
    }
  }
  if (isInside) throw wrong('the bracket [ does not end', start - 1, start);
  endText();
  return parts;
}

/** A stretch in square brackets without a place is meant as it is: models' prompts have such. */
function hasPlace({ text, at }: ReadingState): boolean {
  return /^\[[^\]]*(?<!\{)\{[a-z]/u.test(text.slice(at));
}

function readPlace(state: ReadingState): TemplatePart {
  const start = state.at;
  const end = state.text.indexOf('}', start);
  if (end < 0) throw wrong('the brace { does not end; write {{ for the sign itself', start, start + 1);
  const name = state.text.slice(start + 1, end).trim();
  state.at = end + 1;
  if (isTemplateField(name)) return { kind: 'field', field: name };
  const key = /^meta\.(?<key>.+)$/su.exec(name)?.groups?.['key'];
  if (key !== undefined) return { kind: 'member', key };
  const known = Object.keys(templateFields)
    .map((field) => `{${field}}`)
    .join(', ');
  throw wrong(`{${name}} is unknown; known are ${known} and {meta.…}. Write {{ for the sign itself`, start, end + 1);
}

/** Tells whether a name is a place's. */
export function isTemplateField(name: string): name is TemplateField {
  return Object.hasOwn(templateFields, name);
}

function sayMember(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shapeOf(width: number | null, height: number | null): string {
  if (width === null || height === null) return '';
  const ratio = width / height;
  return ratio > 1.1 ? 'landscape' : ratio < 0.9 ? 'portrait' : 'square';
}

function wrong(reason: string, start: number, end: number): StudioError {
  return new StudioError('prompt-invalid', `prompt, character ${String(start + 1)}: ${reason}`, { details: { start, end } });
}
