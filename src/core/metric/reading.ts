/** @file How a score is read: which way is better, and with how many digits it is written. */

const lowerIsBetter: ReadonlySet<string> = new Set(['CHAIRs', 'CHAIRi', 'loops']);
const wordCounts: ReadonlySet<string> = new Set(['words', 'sentences', 'sentence_words', 'reading_grade']);

/** Tells which way a score is better; measures of style have no better end. */
export function betterEnd(name: string): 'higher' | 'lower' | null {
  if (lowerIsBetter.has(name)) return 'lower';
  return /^(?:Bleu_\d|METEOR.*|ROUGE_L|CIDEr|CIDEr_plain|SPICE)$/u.test(name) ? 'higher' : null;
}

/** Tells measures of style from scores: they say how captions are, not how good. */
export function isMeasureOfStyle(name: string): boolean {
  return wordCounts.has(name) || /^(?:self_bleu|same_start|vocabulary|distinct_\d)$/u.test(name);
}

/** Writes a score as it is read: counts of words with two digits behind the point, scores with four. */
export function formatScore(name: string, value: number): string {
  if (name === 'vocabulary') return value.toFixed(0);
  return value.toFixed(wordCounts.has(name) ? 2 : 4);
}
