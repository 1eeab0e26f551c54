/** @file Letters that were cut in two, as where an emoji stood at the end of a limit: no text file holds the halves, and readers of JSON stumble over them. */

import type { DatasetItem } from '../item.ts';

/** Tells whether a text has half of a letter, a surrogate without its other. */
export function hasHalfLetter(text: string): boolean {
  return /\p{Cs}/u.test(text);
}

/** Gives the picture with `�` in place of each half in captions and tags. */
export function withWholeLetters(item: DatasetItem): DatasetItem {
  const { captions, tags } = item;
  if (![...captions.map(({ text }) => text), ...tags].some(hasHalfLetter)) return item;
  const whole = (text: string): string => text.replaceAll(/\p{Cs}/gu, '\uFFFD');
  return { ...item, captions: captions.map((caption) => ({ ...caption, text: whole(caption.text) })), tags: tags.map(whole) };
}
