/** @file Linear layers on float or block-quantised weights, open to adapters. */

import type { GraphAdapter } from './adapter.ts';
import { int } from '../graph/attribute.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { add, gemm, matMul, transpose } from '../graph/math.ts';
import { weightKey, type WeightCatalog } from './weights.ts';

/** A linear layer of a model. */
export interface LinearSpec {
  /** The module's name; its tensors are `${module}.weight` and, where there is one, `${module}.bias`. */
  readonly module: string;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly hasBias: boolean;
}

/** What layers need to find their weights and to be adapted. */
export interface LayerContext {
  readonly g: GraphBuilder;
  readonly catalog: WeightCatalog;
  readonly adapter: GraphAdapter;
}

/**
 * Applies a linear layer, with the adapter between product and bias.
 *
 * @shape x [..., K] → [..., N]
 */
export function linear(context: LayerContext, spec: LinearSpec, x: Value): Value {
  const { g, adapter } = context;
  const y = product(context, spec, x);
  const site = { module: spec.module, inputSize: spec.inputSize, outputSize: spec.outputSize, weight: () => floatWeight(context, spec) };
  const adapted = adapter.linear(g, site, { x, y });
  return spec.hasBias ? add(g, adapted, g.weight(`${spec.module}.bias`, 'float32', [spec.outputSize])) : adapted;
}

/**
 * Gives a layer's weight as float32, dequantised in the graph where it is held in blocks.
 *
 * @shape [K, N]
 */
export function floatWeight({ g, catalog }: LayerContext, spec: LinearSpec): Value {
  const name = `${spec.module}.weight`;
  const format = catalog.format(name);
  if (format.kind === 'float32') return g.weight(weightKey(name, 'transposed'), 'float32', [spec.inputSize, spec.outputSize]);
  const rows = g.constantRange(spec.outputSize);
  return transpose(g, gatherBlocks({ g, catalog }, { name, rows: spec.outputSize, columns: spec.inputSize }, rows), [1, 0]);
}

/** A matrix that is looked up by row: an embedding table. */
export interface TableSpec {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Looks rows up in a table.
 *
 * @shape indices int32 [...] → [..., columns]
 */
export function embed({ g, catalog }: Pick<LayerContext, 'g' | 'catalog'>, table: TableSpec, indices: Value): Value {
  if (catalog.format(table.name).kind === 'float32') {
    return g.add('Gather', [g.weight(table.name, 'float32', [table.rows, table.columns]), indices], { attributes: { axis: int(0) } });
  }
  return gatherBlocks({ g, catalog }, table, indices);
}

/**
 * Multiplies rows with every row of a table: the head of a decoder, tied to its embedding or not.
 *
 * @shape x [M, E] → [M, rows]
 */
export function project({ g, catalog }: Pick<LayerContext, 'g' | 'catalog'>, table: TableSpec, x: Value): Value {
  const format = catalog.format(table.name);
  if (format.kind === 'float32') return gemm(g, x, g.weight(table.name, 'float32', [table.rows, table.columns]), { transB: true });
  return blockProduct({ g, catalog }, table, x);
}

function product(context: LayerContext, spec: LinearSpec, x: Value): Value {
  const name = `${spec.module}.weight`;
  if (context.catalog.format(name).kind === 'float32') {
    return matMul(context.g, x, context.g.weight(weightKey(name, 'transposed'), 'float32', [spec.inputSize, spec.outputSize]));
  }
  return blockProduct(context, { name, rows: spec.outputSize, columns: spec.inputSize }, x);
}

/** @source com.microsoft.MatMulNBits: symmetric blocks, zero points at their default of half the range */
function blockProduct({ g, catalog }: Pick<LayerContext, 'g' | 'catalog'>, table: TableSpec, x: Value): Value {
  const format = catalog.format(table.name);
  const { bits, block } = format.kind === 'blocks' ? format : { bits: 8 as const, block: 32 };
  const blocks = Math.ceil(table.columns / block);
  const packed = g.weight(weightKey(table.name, 'packed'), 'uint8', [table.rows, blocks, (block * bits) / 8]);
  const scales = g.weight(weightKey(table.name, 'scales'), 'float32', [table.rows, blocks]);
  return g.add('MatMulNBits', [x, packed, scales], {
    attributes: { K: int(table.columns), N: int(table.rows), bits: int(bits), block_size: int(block) },
  });
}

function gatherBlocks({ g, catalog }: Pick<LayerContext, 'g' | 'catalog'>, table: TableSpec, indices: Value): Value {
  const format = catalog.format(table.name);
  const { bits, block } = format.kind === 'blocks' ? format : { bits: 8 as const, block: 32 };
  const packedKey = weightKey(table.name, 'packed');
  // The same bytes as MatMulNBits reads, seen as rows.
  const rows = g.weight(`${packedKey}:rows`, 'uint8', [table.rows, (table.columns * bits) / 8], packedKey);
  const scales = g.weight(weightKey(table.name, 'scales'), 'float32', [table.rows, Math.ceil(table.columns / block)]);
  return g.add('GatherBlockQuantized', [rows, indices, scales], {
    attributes: { bits: int(bits), block_size: int(block), gather_axis: int(0), quantize_axis: int(1) },
  });
}
