/**
 * @file Rules that change the scores of the next token in place: penalties and bans.
 *
 * Scores are raw logits in greedy and sampled search and log-probabilities in beam search. `ids` is everything so far:
 * the prompt, one id for each image row, and the new tokens.
 */

import type { TokenRules } from './rules.ts';

/**
 * Applies all rules in the order of the reference.
 *
 * @source transformers 5.23, generation/logits_process.py and GenerationMixin._get_logits_processor
 */
export function applyRules(scores: Float32Array, rules: TokenRules, ids: readonly number[], promptLength: number): void {
  if (rules.repetitionPenalty !== 1) penalizeRepetition(scores, ids, rules.repetitionPenalty);
  if (rules.noRepeatNgram > 0) banRepeatedNgrams(scores, ids, rules.noRepeatNgram);
  banSequences(scores, ids, rules);
  if (ids.length - promptLength < rules.minNewTokens) banTokens(scores, rules.stopIds);
}

/** Divides positive and multiplies negative scores of every token seen so far, once each. */
export function penalizeRepetition(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id];
    if (score !== undefined) scores[id] = score < 0 ? score * penalty : score / penalty;
  }
}

/** Bans each token that would complete a sequence of `size` tokens which is there already. */
export function banRepeatedNgrams(scores: Float32Array, ids: readonly number[], size: number): void {
  const tail = ids.length - (size - 1);
  if (tail < 0) return;
  for (let start = 0; start + size <= ids.length; start += 1) {
    let isSame = true;
    for (let i = 0; isSame && i < size - 1; i += 1) isSame = ids[start + i] === ids[tail + i];
    if (isSame) banToken(scores, ids[start + size - 1]);
  }
}

/** Bans each token that would complete a banned sequence; a sequence that is one stop id alone is not banned. */
export function banSequences(scores: Float32Array, ids: readonly number[], rules: Pick<TokenRules, 'bannedSequences' | 'stopIds'>): void {
  for (const sequence of rules.bannedSequences) {
    const last = sequence[sequence.length - 1];
    if (last === undefined || (sequence.length === 1 && rules.stopIds.includes(last))) continue;
    if (endsWithStartOf(ids, sequence)) banToken(scores, last);
  }
}

function endsWithStartOf(ids: readonly number[], sequence: readonly number[]): boolean {
  const from = ids.length - (sequence.length - 1);
  if (from < 0) return false;
  for (let i = 0; i < sequence.length - 1; i += 1) if (ids[from + i] !== sequence[i]) return false;
  return true;
}

function banTokens(scores: Float32Array, tokens: readonly number[]): void {
  for (const token of tokens) banToken(scores, token);
}

function banToken(scores: Float32Array, token: number | undefined): void {
  // Image ids may lie outside of the vocabulary: a write there would be lost, but a negative index would stick as a property.
  if (token !== undefined && token >= 0 && token < scores.length) scores[token] = -Infinity;
}
