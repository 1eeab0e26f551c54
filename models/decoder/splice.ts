/** @file What stands at each place of a sequence: a token, or a row of a picture or of a soft prompt. */

import type { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { gather, greater, unsqueeze, where } from '../../src/core/graph/math.ts';
import { embed } from '../../src/core/nn/linear.ts';
import type { Shape } from '../../src/core/tensor/shape.ts';
import { embeddingTable, type DecoderContext } from './layer.ts';

/** The places of a batch of sequences. @shape each [B, S] */
export interface Places {
  /** int32; read where a token is meant. */
  readonly ids: Value;
  /** int32, which of the flattened rows; read where a row is meant. */
  readonly rowIndex: Value;
  /** 1 where a row is meant and 0 where a token is. */
  readonly rowMask: Value;
}

/** Declares the places as inputs. @shape [B, S] */
export function declarePlaces(g: GraphBuilder, shape: Shape): Places {
  return {
    ids: g.input('input_ids', 'int32', shape),
    rowIndex: g.input('row_index', 'int32', shape),
    rowMask: g.input('row_mask', 'float32', shape),
  };
}

/**
 * Gives token embeddings, with rows where rows are meant.
 *
 * @shape rows [N, E] → [B, S, E]
 */
export function spliceRows(context: DecoderContext, places: Places, rows: Value): Value {
  const { g, config } = context;
  const isRow = greater(g, unsqueeze(g, places.rowMask, [2]), 0.5);
  return where(g, isRow, { yes: gather(g, rows, places.rowIndex), no: embed(context, embeddingTable(config), places.ids) });
}
