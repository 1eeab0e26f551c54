/** @file Compares the first layer's output with plain loops over the same tensors: those of the bundle, dequantised, and the checkpoint's own. */

import { folderFiles } from '../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import { openSafetensors, readStored } from '../../src/core/codec/checkpoint-tensors.ts';
import { present } from '../../src/core/error.ts';
import type { Picture } from '../../src/core/image/picture.ts';
import { readFloats } from '../../src/core/tensor/float16.ts';
import { openBundle, type Bundle } from '../../src/engine/bundle/bundle.ts';
import { weightStore } from '../../src/engine/bundle/weight-store.ts';
import { viewPicture } from '../../src/engine/caption/look.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { openModel } from '../../src/engine/model.ts';
import { decoderPrefix } from '../../models/decoder/layer.ts';
import { runFirstLayer } from './first-layer.ts';
import { referenceLayer, type ReadWeight } from './reference-layer.ts';

/** What is compared. */
export interface CompareRequest {
  readonly checkpoint: string;
  readonly bundle: string;
  readonly picture: Picture;
  readonly prompt: string;
  /** How many of the prompt's first positions; a causal layer computes them without the rest. */
  readonly positions: number;
}

/** How far the layer's output is from the plain loops, in multiples of its root mean square. */
export interface Comparison {
  readonly positions: number;
  /** Of them, places of the picture's rows. */
  readonly pictureRows: number;
  /** The root mean square of the layer's output. */
  readonly magnitude: number;
  /** The largest difference from the bundle's own tensors, dequantised: what arithmetic alone makes. */
  readonly worstFromDequantized: number;
  /** The root mean square of the difference from the checkpoint's bfloat16 tensors: what 4 bits cost in one layer. */
  readonly typicalFromCheckpoint: number;
}

/** Runs the product's first layer and both references. */
export async function compareFirstLayer(request: CompareRequest): Promise<Comparison> {
  const bundle = await openBundle(folderFiles(request.bundle));
  const { config, ids, imageTokenId, features } = await readPrompt(bundle, request);
  const hidden = config.hiddenSize;
  const { output } = await runFirstLayer(config, weightStore(bundle, 'stored'), { ids, imageTokenId, features });
  const first = ids.slice(0, request.positions);
  const got = output.subarray(0, first.length * hidden);
  const sizes = { hidden, feedForward: config.feedForwardSize, heads: config.heads, epsilon: config.normEpsilon, theta: config.ropeTheta };
  const reference = async (read: ReadWeight, tableName: string, layerName: string): Promise<Float32Array> => {
    const table = await read(tableName);
    let row = 0;
    const input = first.map((id) => {
      return id === imageTokenId ? features.slice(row * hidden, ++row * hidden) : table.slice(id * hidden, (id + 1) * hidden);
    });
    const rows = await referenceLayer(sizes, (name) => read(`${layerName}.${name}`), input);
    return Float32Array.from({ length: got.length }, (_, i) => rows[Math.floor(i / hidden)]?.[i % hidden] ?? NaN);
  };
  const floats = weightStore(bundle, 'float32');
  const { tensors } = await openSafetensors(folderFiles(request.checkpoint));
  const dequantized = await reference(
    async (name) => (await floats.read(name)) as Float32Array,
    `${decoderPrefix}.embed_tokens.weight`,
    `${decoderPrefix}.layers.0`,
  );
  const own = await reference(
    async (name) => {
      const { dtype, data } = await readStored(present(tensors.get(name), `the checkpoint has no ${name}`));
      return readFloats(dtype, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
    'language_model.model.embed_tokens.weight',
    'language_model.model.layers.0',
  );
  const magnitude = rootMeanSquare(dequantized);
  return {
    positions: first.length,
    pictureRows: first.filter((id) => id === imageTokenId).length,
    magnitude,
    worstFromDequantized: difference(got, dequantized).reduce((worst, x) => Math.max(worst, Math.abs(x)), 0) / magnitude,
    typicalFromCheckpoint: rootMeanSquare(difference(got, own)) / rootMeanSquare(own),
  };
}

/** Looks at the picture and renders the prompt as for a caption, with one layer behind them. */
async function readPrompt(bundle: Bundle, { picture, prompt }: CompareRequest) {
  const { manifest } = bundle;
  const text = manifest.config['text_config'] as object;
  const config = { ...manifest.config, text_config: { ...text, num_hidden_layers: 1 } };
  const model = await openModel(openNodeRuntime(), { ...bundle, manifest: { ...manifest, config } }, { policy: 'stored' });
  const trace = await traceCaption(model, viewPicture(model, picture), { system: '', prompt }, 1);
  await model.close();
  return {
    config: model.model.decoder,
    imageTokenId: model.model.imageTokenId,
    ids: Array.from((trace.get('input_ids')?.data ?? []) as BigInt64Array, Number),
    features: present(trace.get('image_features'), 'the trace has no image_features').data as Float32Array,
  };
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((x, i) => x - (b[i] ?? NaN));
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}
