/** @file The table of all ops that a graph may hold. */

import { StudioError } from '../error.ts';
import type { Domain } from './graph.ts';
import type { OpDef } from './op.ts';
import { elementwise } from './ops/elementwise.ts';
import { indexing } from './ops/indexing.ts';
import { linalg } from './ops/linalg.ts';
import { movement } from './ops/movement.ts';
import { nn } from './ops/nn.ts';
import { quant } from './ops/quant.ts';
import { reduction } from './ops/reduction.ts';

/** Every op by its ONNX name. */
export const ops: ReadonlyMap<string, OpDef> = new Map(
  [...elementwise, ...indexing, ...linalg, ...movement, ...nn, ...quant, ...reduction].map((def) => [def.op, def]),
);

/**
 * Finds an op.
 *
 * @throws {StudioError} 'op-unsupported' for a name that is not in the table
 */
export function findOp(op: string, domain?: Domain): OpDef {
  const def = ops.get(op);
  if (!def || (domain !== undefined && def.domain !== domain)) {
    throw new StudioError('op-unsupported', `graph: no op named ${op}; add its shape rule under graph/ops and its row to ops.ts`);
  }
  return def;
}
