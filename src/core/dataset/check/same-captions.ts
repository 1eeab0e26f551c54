/** @file The same caption on several pictures: what is said of everything says nothing. */

import { findWords } from '../../text/words.ts';
import { captionOf, type DatasetItem } from '../item.ts';

/** Pictures that share a caption. */
export interface SameCaption {
  readonly caption: string;
  readonly paths: readonly string[];
}

/** Lists captions that stand on at least so many pictures, the commonest first; capitals, blanks and punctuation make no difference. */
export function findSameCaptions(items: readonly DatasetItem[], minPictures = 3): readonly SameCaption[] {
  const byWords = new Map<string, { readonly caption: string; readonly paths: string[] }>();
  for (const item of items) {
    const caption = captionOf(item);
    const key = findWords(caption)
      .map(({ word }) => word)
      .join(' ');
    if (key === '') continue;
    const known = byWords.get(key);
    if (known === undefined) byWords.set(key, { caption, paths: [item.path] });
    else known.paths.push(item.path);
  }
  return [...byWords.values()].filter(({ paths }) => paths.length >= minPictures).sort((a, b) => b.paths.length - a.paths.length);
}
