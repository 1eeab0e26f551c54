/** @file From an optimiser's description to the optimiser. */

import { makeAdamw, type AdamwOptions } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';
import { makeSgd, type SgdOptions } from './sgd.ts';

/** An optimiser as plain data. */
export type OptimizerSpec = ({ readonly kind: 'sgd' } & SgdOptions) | ({ readonly kind: 'adamw' } & AdamwOptions);

/** Makes the optimiser that a description names. */
export function makeOptimizer(spec: OptimizerSpec): Optimizer {
  return spec.kind === 'sgd' ? makeSgd(spec) : makeAdamw(spec);
}
