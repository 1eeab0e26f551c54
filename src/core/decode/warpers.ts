/** @file Reshaping of a distribution before a token is drawn: temperature, top-k, top-p, min-p, in place on one row of scores. */

import type { Warp } from './rules.ts';
import { argMax, logSumExp } from './softmax.ts';

/**
 * Applies a warp whose temperature is above 0, in the order of the reference.
 *
 * @source transformers 5.23, generation/logits_process.py
 */
export function applyWarp(scores: Float32Array, warp: Warp): void {
  if (warp.temperature !== 1) scaleByTemperature(scores, warp.temperature);
  if (warp.topK > 0) keepTopK(scores, warp.topK);
  if (warp.topP < 1) keepTopP(scores, warp.topP);
  if (warp.minP > 0) keepMinP(scores, warp.minP);
}

/** Divides all scores by a temperature above 0. */
export function scaleByTemperature(scores: Float32Array, temperature: number): void {
  for (let i = 0; i < scores.length; i += 1) scores[i] = (scores[i] ?? -Infinity) / temperature;
}

/** Masks all but the k largest scores; those equal to the k-th stay too. */
export function keepTopK(scores: Float32Array, k: number): void {
  if (k < scores.length) keepFrom(scores, findKthLargest(scores, k));
}

/** Masks all but the smallest set of likeliest tokens whose probabilities reach p; at least one token stays. */
export function keepTopP(scores: Float32Array, p: number): void {
  const total = logSumExp(scores);
  const nucleus = findNearTop(scores, (near) => {
    let sum = 0;
    const end = near.findIndex((id) => (sum += Math.exp((scores[id] ?? -Infinity) - total)) >= p);
    return end < 0 ? null : near.slice(0, end + 1);
  });
  const last = nucleus.at(-1) ?? argMax(scores);
  const threshold = scores[last] ?? -Infinity;
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i] ?? -Infinity;
    // Of equal scores at the border only as many stay as are needed, the earlier ids first.
    if (score < threshold || (score === threshold && i > last)) scores[i] = -Infinity;
  }
}

/** Masks tokens that are less than `minP` times as likely as the likeliest. */
export function keepMinP(scores: Float32Array, minP: number): void {
  const top = scores[argMax(scores)] ?? -Infinity;
  keepFrom(scores, top + Math.log(minP));
}

function keepFrom(scores: Float32Array, threshold: number): void {
  for (let i = 0; i < scores.length; i += 1) if ((scores[i] ?? -Infinity) < threshold) scores[i] = -Infinity;
}

/** Finds the k-th largest score; for the k of daily use one pass with a short sorted list beats sorting a vocabulary. */
function findKthLargest(scores: Float32Array, k: number): number {
  if (k > 1024) return scores.slice().sort()[scores.length - k] ?? -Infinity;
  const largest = new Float32Array(k).fill(-Infinity); // rising, so that the first is the one to beat
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i] ?? -Infinity;
    if (!(score > (largest[0] ?? -Infinity))) continue;
    let at = 0;
    while (at + 1 < k && (largest[at + 1] ?? Infinity) < score) {
      largest[at] = largest[at + 1] ?? Infinity;
      at += 1;
    }
    largest[at] = score;
  }
  return largest[0] ?? -Infinity;
}

/**
 * Looks for a set of likeliest tokens among ever more of them, likeliest first; all of them where even those are not enough.
 *
 * A vocabulary has 150,000 tokens and a nucleus a few, so that sorting everything would cost more than drawing.
 */
function findNearTop(scores: Float32Array, take: (near: readonly number[]) => readonly number[] | null): readonly number[] {
  const top = scores[argMax(scores)] ?? -Infinity;
  const possible = scores.reduce((count, score) => (score > -Infinity ? count + 1 : count), 0);
  for (let depthNats = 8; ; depthNats *= 2) {
    const near: number[] = [];
    for (let i = 0; i < scores.length; i += 1) {
      const score = scores[i] ?? -Infinity;
      if (score > -Infinity && score >= top - depthNats) near.push(i);
    }
    near.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
    const taken = take(near);
    if (taken !== null) return taken;
    if (near.length >= possible) return near; // rounding left the sum a hair below p
  }
}
