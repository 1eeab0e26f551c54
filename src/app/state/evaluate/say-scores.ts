/** @file Scores of a caption in words. */

import type { CaptionScores } from '../../../core/dataset/filter/caption-scores.ts';
import { isSameScore } from '../../../core/dataset/filter/score-name.ts';
import { formatScore } from '../../../core/metric/reading.ts';

/** The scores that are asked for by any way of writing their names: `CIDEr 0.3120`. */
export function sayScores(scores: CaptionScores, wanted: readonly string[]): string {
  if (wanted.length === 0) return '';
  const found = Object.entries(scores).filter(([known]) => wanted.some((name) => isSameScore(known, name)));
  return found.map(([name, value]) => `${name} ${formatScore(name, value)}`).join(' · ');
}
