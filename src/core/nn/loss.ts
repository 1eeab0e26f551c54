/** @file The loss of language modelling: how surprised the model is by the caption's tokens. */

import type { GraphBuilder } from '../graph/builder.ts';
import { detach } from '../graph/detach.ts';
import type { Value } from '../graph/graph.ts';
import { add, div, equal, exp, log, mul, reduceMax, reduceMean, reduceSum, sub, unsqueeze, where } from '../graph/math.ts';

/** The label of a row that takes no part in the loss, as in PyTorch. */
export const ignoredLabel = -100;

/** What logits are compared with. */
export interface Targets {
  /** Token ids, or `ignoredLabel`. @shape int32 [M] */
  readonly labels: Value;
  /** The share of the probability that is spread evenly over the whole vocabulary, from 0 (inclusive) to 1 (exclusive). */
  readonly smoothing: number;
}

/**
 * Gives each row's cross-entropy in nats, 0 for ignored rows.
 *
 * One-hot by comparison and a log-sum-exp by hand, since LogSoftmax, OneHot and int64 comparisons leave the GPU.
 *
 * @shape logits [M, V] → [M]
 * @source torch.nn.functional.cross_entropy 2.15 with label_smoothing and reduction 'none'
 */
export function tokenLosses(g: GraphBuilder, logits: Value, { labels, smoothing }: Targets): Value {
  const vocabulary = Number(logits.shape[1]);
  const isLabel = equal(g, unsqueeze(g, labels, [1]), g.constantRange(vocabulary)); // [M, V]
  const labelLogit = reduceSum(g, where(g, isLabel, { yes: logits, no: 0 }), [1], false); // [M]
  // The largest logit cancels out of the gradient, so none is sent through it.
  const largest = detach(g, reduceMax(g, logits, [1])); // [M, 1]
  const spread = log(g, reduceSum(g, exp(g, sub(g, logits, largest)), [1], false));
  const logSum = add(g, spread, g.add('Squeeze', [largest, g.int64s([1])]));
  const target = smoothing === 0 ? labelLogit : smoothed(g, labelLogit, { logits, smoothing });
  return where(g, equal(g, labels, ignoredLabel), { yes: 0, no: sub(g, logSum, target) });
}

function smoothed(
  g: GraphBuilder,
  labelLogit: Value,
  { logits, smoothing }: { readonly logits: Value; readonly smoothing: number },
): Value {
  return add(g, mul(g, labelLogit, 1 - smoothing), mul(g, reduceMean(g, logits, [1], false), smoothing));
}

/**
 * Gives the sum of all rows' cross-entropies over the number of labelled tokens.
 *
 * The number is an input, because it counts the tokens of the whole step: with accumulation a step has several batches, and each
 * token shall weigh the same.
 *
 * @shape logits [M, V], tokenCount [] → []
 * @unit nats a token
 */
export function crossEntropy(g: GraphBuilder, logits: Value, targets: Targets & { readonly tokenCount: Value }): Value {
  return div(g, reduceSum(g, tokenLosses(g, logits, targets), [0], false), targets.tokenCount);
}
