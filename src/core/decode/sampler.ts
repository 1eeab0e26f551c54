/** @file Chooses the next token of one text: the likeliest, or one drawn at random. */

import { makeRandom } from '../tensor/random.ts';
import { noToken } from './no-token.ts';
import { applyRules } from './processors.ts';
import type { TokenRules, Warp } from './rules.ts';
import { argMax, logSumExp } from './softmax.ts';
import { applyWarp } from './warpers.ts';

/** A chosen token. */
export interface Choice {
  readonly token: number;
  /** Log-probability under the model itself, before rules and warps. @unit nats */
  readonly logProbability: number;
}

/** Chooses tokens for one caption; it holds the place in a sequence of random numbers. */
export interface Sampler {
  /**
   * Chooses the next token; the logits are only read.
   *
   * @param logits scores of the next token, [V]
   * @param ids everything so far: the prompt, one id for each image row, the new tokens
   * @param lead changes the scores after the rules, before the draw
   * @throws {StudioError} 'argument-invalid' when the rules leave no token, 'internal' when the model gave NaN
   */
  choose(logits: Float32Array, ids: readonly number[], lead?: (scores: Float32Array) => void): Choice;
}

/** What a sampler is made from. */
export interface SamplerSpec {
  readonly rules: TokenRules;
  readonly warp: Warp;
  /** How many of the ids are prompt. */
  readonly promptLength: number;
  readonly seed: number;
  /** Which of a picture's captions this is, from 0: each has its own random numbers. */
  readonly captionIndex: number;
}

/**
 * Makes a sampler for one caption of one picture.
 *
 * Its random numbers depend on seed and caption alone, so that a caption is the same in whatever batch its picture is.
 */
export function makeSampler(spec: SamplerSpec): Sampler {
  const random = makeRandom(spec.seed, spec.captionIndex);
  let scratch = new Float32Array(0);
  return {
    choose: (logits, ids, lead) => {
      if (scratch.length !== logits.length) scratch = new Float32Array(logits.length);
      scratch.set(logits);
      applyRules(scratch, spec.rules, ids, spec.promptLength);
      lead?.(scratch);
      const total = logSumExp(logits);
      const token = spec.warp.temperature > 0 ? draw(scratch, spec.warp, random.nextUniform()) : argMax(scratch);
      if (token < 0 || Number.isNaN(total)) throw noToken(total);
      return { token, logProbability: (logits[token] ?? -Infinity) - total };
    },
  };
}

/** Gives the log-probability of a token under the model itself. @unit nats */
export function logProbabilityOf(logits: Float32Array, token: number): number {
  return (logits[token] ?? -Infinity) - logSumExp(logits);
}

/** Draws a token from the warped distribution by a number from 0 (inclusive) to 1 (exclusive); -1 where no token is left. */
function draw(scores: Float32Array, warp: Warp, uniform: number): number {
  applyWarp(scores, warp);
  const total = logSumExp(scores);
  let left = uniform;
  let last = -1;
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i] ?? -Infinity;
    if (!(score > -Infinity)) continue;
    last = i;
    left -= Math.exp(score - total);
    if (left < 0) return i;
  }
  return last; // rounding may leave a crumb of probability after the last token
}
