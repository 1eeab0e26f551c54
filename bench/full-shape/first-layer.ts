/** @file The product's own first decoder layer, run on the product's own prompt and picture rows. */

import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import { StudioError } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { causalBias } from '../../src/core/nn/attention.ts';
import { hostRotation } from '../../src/core/nn/rope.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { float32, int32 } from '../../src/core/tensor/tensor.ts';
import type { WeightStore } from '../../src/engine/bundle/weight-store.ts';
import type { DecoderConfig } from '../../models/decoder/config.ts';
import { reshape } from '../../src/core/graph/math.ts';
import { decoderContext, decoderLayer } from '../../models/decoder/layer.ts';
import { declarePlaces, spliceRows } from '../../models/decoder/splice.ts';

/** A prompt as ids, with the picture's id where its rows stand. */
export interface LayerInput {
  readonly ids: readonly number[];
  readonly imageTokenId: number;
  /** @shape [P, E] */
  readonly features: Float32Array;
}

/** Rows before and after the layer. @shape both [S, E] */
export interface LayerRows {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** Runs the first layer on weights as a bundle stores them. */
export async function runFirstLayer(
  config: DecoderConfig,
  store: WeightStore,
  { ids, imageTokenId, features }: LayerInput,
): Promise<LayerRows> {
  const runtime = openNodeRuntime();
  const session = await runtime.createSession({ graph: firstLayerGraph(config, store.catalog), weights: store });
  const S = ids.length;
  const places = ids.map((_, i) => i);
  const isRow = ids.map((id) => id === imageTokenId);
  const rowsBefore = isRow.map((_, i) => isRow.slice(0, i).filter(Boolean).length);
  const turn = hostRotation(places, { headWidth: config.headWidth, theta: config.ropeTheta });
  const half = config.headWidth / 2;
  const { input, output } = await session.run({
    input_ids: runtime.upload(int32([1, S], ids)),
    row_index: runtime.upload(
      int32(
        [1, S],
        rowsBefore.map((row, i) => (isRow[i] ? row : 0)),
      ),
    ),
    row_mask: runtime.upload(float32([1, S], isRow.map(Number))),
    rows: runtime.upload(float32([1, features.length / config.hiddenSize, config.hiddenSize], features)),
    rotation_cos: runtime.upload(float32([1, S, half], turn.cos)),
    rotation_sin: runtime.upload(float32([1, S, half], turn.sin)),
    positions: runtime.upload(float32([1, S], places)),
  });
  if (!input || !output) throw new StudioError('internal', 'internal: the layer gave no rows');
  const rows = { input: await runtime.download(input), output: await runtime.download(output) };
  await session.close();
  return rows;
}

function firstLayerGraph(config: DecoderConfig, catalog: WeightCatalog): Graph {
  const g = new GraphBuilder('first-layer');
  const context = decoderContext(g, config, catalog, nullAdapter);
  const half = config.headWidth / 2;
  const turn = { cos: g.input('rotation_cos', 'float32', ['B', 'S', half]), sin: g.input('rotation_sin', 'float32', ['B', 'S', half]) };
  const positions = g.input('positions', 'float32', ['B', 'S']);
  const bias = causalBias(g, positions, positions);
  const places = declarePlaces(g, ['B', 'S']);
  const rows = g.input('rows', 'float32', ['T', 'P', config.hiddenSize]);
  const input = spliceRows(context, places, reshape(g, rows, ['T*P', config.hiddenSize]));
  return g.finish({ input, output: decoderLayer(context, 0, input, { turn, bias, past: null }).x });
}
