/** @file Scores validation captions while training goes on. */

import { prepareReferences, scoreSystem } from '../../../core/metric/score.ts';
import type { ReferenceSet } from '../../../core/metric/caption-set.ts';
import type { TrainPicture } from '../request.ts';

/** What captions of validation pictures are worth. */
export interface CaptionScores {
  /** CIDEr-D with the document frequencies of these pictures, from 0 to 10. */
  readonly cider: number;
  readonly meanWords: number;
}

/** Prepares the references once for all looks. */
export function openScorer(pictures: readonly TrainPicture[]): (texts: readonly string[]) => CaptionScores {
  const set: ReferenceSet = finish(prepareReferences(pictures.map(({ id, captions }) => ({ file: id, references: captions }))));
  return (texts) => {
    const { rows, captions } = finish(scoreSystem(texts, set, { metrics: ['CIDEr'] }));
    return {
      cider: rows.find(({ name }) => name === 'CIDEr')?.value ?? 0,
      meanWords: captions.reduce((sum, { ngrams }) => sum + ngrams.wordCount, 0) / Math.max(1, captions.length),
    };
  };
}

function finish<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
  }
}
