/** @file Captions written as COCO results, for other programs that score them. */

import { numberOf, stem } from './match-names.ts';

/** Writes `[{"image_id", "caption"}]`; a picture's number is used where its name is one, as in COCO, and its name otherwise. */
export function toCocoResults(files: readonly string[], captions: readonly string[]): string {
  const results = files.map((file, i) => {
    const digits = numberOf(stem(file));
    const number = digits === null ? Number.NaN : Number(digits);
    return { image_id: Number.isSafeInteger(number) ? number : file, caption: captions[i] ?? '' };
  });
  return `${JSON.stringify(results, null, 1)}\n`;
}
