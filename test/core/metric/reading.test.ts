import { describe, expect, it } from 'vitest';
import { betterEnd, isMeasureOfStyle } from '../../../src/core/metric/reading.ts';

describe('how a score is read', () => {
  it('has a better end for what says how good a caption is, and none for measures of style', () => {
    expect(['CIDEr', 'Bleu_4', 'CHAIRs', 'loops'].map(betterEnd)).toEqual(['higher', 'higher', 'lower', 'lower']);
    expect(['words', 'reading_grade', 'self_bleu', 'distinct_2'].map(betterEnd)).toEqual([null, null, null, null]);
  });

  it('tells measures of style from scores, those that came with a data set among them', () => {
    expect(['words', 'sentence_words', 'same_start', 'distinct_1'].every(isMeasureOfStyle)).toBe(true);
    expect(['CIDEr', 'loops', 'CHAIRi', 'clip_score', 'aesthetic'].some(isMeasureOfStyle)).toBe(false);
  });
});
