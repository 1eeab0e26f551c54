/** @file Text files beside pictures: `.txt`, `.caption`, and `.json` as WebDataset has them. */

import { isMembers } from '../caption-record.ts';
import { findWords } from '../../text/words.ts';
import { baseNameOf, stemOf } from '../item.ts';
import { distinct, makeRow, readMembers, readTags, type DatasetRow } from './dataset-row.ts';

/** Endings of sidecars; a caption's own ending counts before the others. */
export const sidecarEndings = ['.caption', '.txt', '.json'] as const;

/** How sidecars are meant. */
export interface SidecarOptions {
  /** Each line is a caption of its own; otherwise a file is one caption, line ends included. */
  readonly perLine?: boolean;
  /** Texts of this ending are lists of tags. */
  readonly tagEnding?: '.txt' | '.caption';
}

/**
 * Lists where a picture's sidecar of an ending may lie, the surest first: `a.jpg.txt` is of that picture alone, `a.txt` of all named a, and
 * in archives of WebDataset the key ends at the first dot.
 */
export function sidecarPlaces(picture: string, ending: string): readonly string[] {
  const base = baseNameOf(picture);
  const key = picture.slice(0, picture.length - base.length) + base.replace(/(?<=.)\..*$/su, '');
  return [...new Set([picture + ending, stemOf(picture) + ending, key + ending])];
}

/** Texts of a picture's sidecars by ending. */
export type SidecarTexts = Partial<Readonly<Record<(typeof sidecarEndings)[number], string>>>;

/** Reads a picture's sidecars together. Where both texts are there, `.txt` has the tags if it looks like a list of them, as trainers' scripts do it. */
export function readSidecars(picture: string, texts: SidecarTexts, options: SidecarOptions = {}): DatasetRow {
  const captions: string[] = [];
  const tags: string[] = [];
  for (const ending of ['.caption', '.txt'] as const) {
    const text = texts[ending];
    if (text === undefined) continue;
    const isBoth = texts['.caption'] !== undefined && ending === '.txt';
    if (options.tagEnding === ending || (isBoth && isTagList(text))) tags.push(...readTags(text.replaceAll(/\r?\n/gu, ',')));
    else for (const caption of splitCaptions(text, options.perLine === true)) captions.push(caption);
  }
  const json = texts['.json'] === undefined ? undefined : tryJson(texts['.json']);
  const row = isMembers(json) ? readMembers(picture, json) : makeRow(picture);
  return { ...row, captions: distinct([...captions, ...row.captions]), tags: distinct([...tags, ...row.tags]) };
}

function splitCaptions(text: string, perLine: boolean): readonly string[] {
  if (perLine) return text.split(/\r?\n/u).filter((line) => line.trim() !== '');
  const whole = text.replace(/\r?\n$/u, ''); // a file of text ends with a line end, which is not the caption's
  return whole.trim() === '' ? [] : [whole];
}

/** Tells whether a text looks like tags between commas. */
export function isTagList(text: string): boolean {
  const parts = text.trim().split(/[,\n]/u);
  return parts.length >= 2 && !/[.!?]\s*$/u.test(text) && parts.every((part) => findWords(part).length <= 6);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
