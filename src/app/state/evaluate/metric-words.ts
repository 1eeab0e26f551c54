/** @file The metrics in words: what each choice brings, what each score says, and how much data it fetches. */

import type { MetricChoice } from '../../../core/metric/score.ts';

/** A choice as the screen offers it. */
export interface MetricOffer {
  readonly choice: MetricChoice;
  readonly label: string;
  /** Fetched once, when it is first asked for; 0 where nothing is. @unit bytes */
  readonly dataBytes: number;
}

/** Sizes of public/metrics/; a test holds them to the files. */
export const metricOffers: readonly MetricOffer[] = [
  { choice: 'BLEU', label: 'BLEU-1…4', dataBytes: 0 },
  { choice: 'METEOR', label: 'METEOR', dataBytes: 20_187_294 },
  { choice: 'ROUGE_L', label: 'ROUGE-L', dataBytes: 0 },
  { choice: 'CIDEr', label: 'CIDEr-D', dataBytes: 0 },
  { choice: 'CIDEr_plain', label: 'CIDEr, plain', dataBytes: 0 },
  { choice: 'SPICE', label: 'SPICE', dataBytes: 0 },
  { choice: 'CHAIR', label: 'CHAIR', dataBytes: 8_879 },
  { choice: 'style', label: 'Style', dataBytes: 0 },
];

const sentences: Readonly<Record<string, string>> = {
  Bleu_1: 'Share of the caption’s words that a reference has, less a penalty for short captions.',
  Bleu_2: 'As Bleu_1, with pairs of words.',
  Bleu_3: 'As Bleu_1, up to three words in a row.',
  Bleu_4: 'As Bleu_1, up to four words in a row.',
  METEOR: 'Words aligned with the best reference, also by stem, synonym and paraphrase.',
  ROUGE_L: 'Longest common subsequence with the references.',
  CIDEr: 'Agreement of n-grams, weighed by how much they tell. 0 to 10; one picture alone scores 0.',
  CIDEr_plain: 'CIDEr without clipping and without a penalty for length.',
  SPICE: 'Agreement of objects, attributes and relations.',
  CHAIRs: 'Share of captions that invent an object. Lower is better.',
  CHAIRi: 'Share of mentioned objects that are invented. Lower is better.',
  words: 'Mean words of a caption.',
  sentences: 'Mean sentences of a caption.',
  sentence_words: 'Mean words of a sentence.',
  reading_grade: 'School years that reading takes (Flesch–Kincaid).',
  self_bleu: 'How alike captions of different pictures are: BLEU-4 of each against all others.',
  same_start: 'Share of captions whose first three words begin another one, too.',
  loops: 'Share of captions that run in circles. Lower is better.',
  vocabulary: 'Different words in all captions.',
  distinct_1: 'Share of different ones among all words.',
  distinct_2: 'Share of different ones among all pairs of words.',
};

/** What a score says, in a sentence. */
export function aboutScore(name: string): string {
  return sentences[name] ?? '';
}

/** A stage of the work, for the progress line. */
export function sayStage(stage: string): string {
  if (stage === 'data') return 'Fetching METEOR’s data';
  if (stage === 'references') return 'Reading references';
  if (stage === 'captions') return 'Reading captions';
  return stage === 'style' ? 'Style' : stage;
}
