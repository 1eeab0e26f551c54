/** @file The table of gradient rules, and the ops that deliberately have none. */

import type { GradientRule } from './rule.ts';
import { convolutionRules } from './rules/convolution.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { indexingRules } from './rules/indexing.ts';
import { linalgRules } from './rules/linalg.ts';
import { movementRules } from './rules/movement.ts';
import { nnRules } from './rules/nn.ts';
import { quantRules } from './rules/quant.ts';
import { reductionRules } from './rules/reduction.ts';

/** Every gradient rule by the ONNX name of its op. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  [convolutionRules, elementwiseRules, indexingRules, linalgRules, movementRules, nnRules, quantRules, reductionRules].flatMap((rules) =>
    Object.entries(rules),
  ),
);

/** Ops whose outputs stay the same under small changes of their inputs: no gradient flows through them. */
export const flatOps: ReadonlySet<string> = new Set([
  ...['And', 'ArgMax', 'Equal', 'Floor', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'Or'],
]);

/**
 * Ops that could have a gradient and have no rule here: nothing that is trained lies before them. Dequantisation stands here because
 * weights in blocks are frozen; the gradient passes beside them, through MatMulNBits.
 */
export const opsWithoutRule: ReadonlySet<string> = new Set(['DequantizeLinear', 'GatherBlockQuantized', 'Resize']);
