/** @file What stands before every sequence: a prefix as it was learned, or what a decoder makes of soft tokens. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { present } from '../../core/error.ts';
import { promptParameter } from '../../core/adapter/soft-prompt.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import { concat, reshape } from '../../core/graph/math.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';
import { cacheName } from '../../../models/decoder/step.ts';
import { range, type DecoderState } from '../caption/decoder-cache.ts';
import type { Decoder } from '../caption/decoder.ts';
import type { SoftPrompt } from '../model.ts';
import type { DeviceTensor, Runtime, Session } from '../runtime.ts';
import type { WeightStore } from '../bundle/weight-store.ts';

/** Gives the learned rows of a soft prompt [T, E] or of a prefix. */
export function learnedRows({ name, tensors }: LearnedAdapter): Tensor<'float32'> {
  return present(tensors.get(promptParameter), `${name} has no ${promptParameter}`);
}

/** Lays a prefix out as a cache of one row: keys turned, and not rotated. */
export async function prefixState(runtime: Runtime, config: DecoderConfig, rows: Tensor<'float32'>): Promise<DecoderState> {
  const [tokens = 0] = rows.shape;
  const { layers, keyValueHeads, headWidth } = config;
  const cache: Record<string, DeviceTensor> = {};
  for (const layer of range(0, layers)) {
    const cut = (part: 0 | 1): Float32Array => prefixPart(rows, { part: 2 * layer + part, keyValueHeads, headWidth, isTurned: part === 0 });
    cache[cacheName('past', layer, 'key')] = await runtime.place(float32([1, keyValueHeads, headWidth, tokens], cut(0)));
    cache[cacheName('past', layer, 'value')] = await runtime.place(float32([1, keyValueHeads, tokens, headWidth], cut(1)));
  }
  return { cache, keyPositions: [range(0, tokens)], nextPositions: [tokens] };
}

interface PrefixPart {
  /** Twice the layer, and one more for values. */
  readonly part: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly isTurned: boolean;
}

/** @shape rows [T, parts · H · D] → [H, D, T] turned, or [H, T, D] */
function prefixPart(rows: Tensor<'float32'>, { part, keyValueHeads: H, headWidth: D, isTurned }: PrefixPart): Float32Array {
  const [T = 0, width = 0] = rows.shape;
  const cut = new Float32Array(H * D * T);
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < H; h++) {
      for (let d = 0; d < D; d++) {
        const from = t * width + (part * H + h) * D + d;
        cut[isTurned ? (h * D + d) * T + t : (h * T + t) * D + d] = rows.data[from] ?? 0;
      }
    }
  }
  return cut;
}

/** Lets a decoder read soft tokens once; what it remembers of them stands before every sequence. */
export async function softPromptState(runtime: Runtime, decoder: Decoder, rows: Tensor<'float32'>): Promise<DecoderState> {
  const [tokens = 0, width = 0] = rows.shape;
  const fed = runtime.upload(float32([1, tokens, width], rows.data));
  const { state } = await decoder.prefill([range(0, tokens).map((row) => ({ token: 0, row }))], fed);
  fed.dispose();
  return state;
}

/** Soft tokens that go with the rows of pictures, and the session that joins them. */
export interface OpenSoftPrompt extends SoftPrompt {
  close(): Promise<void>;
}

/** Opens soft tokens for a place within the sequence. */
export async function openSoftPrompt(runtime: Runtime, store: WeightStore, rows: Tensor<'float32'>): Promise<OpenSoftPrompt> {
  const [tokens = 0, width = 0] = rows.shape;
  const g = new GraphBuilder('append-soft-prompt');
  const flat = reshape(g, g.input('rows', 'float32', ['N', 'P', width]), ['N*P', width]);
  const joined = concat(g, [flat, g.input('soft', 'float32', [tokens, width])], 0, 'M');
  const graph = g.finish({ joined: reshape(g, joined, [1, 'M', width]) });
  const session: Session = await runtime.createSession({ graph, weights: store, keepOnDevice: ['joined'] });
  const soft = await runtime.place(rows);
  return {
    tokens,
    append: async (pictures) => {
      const outputs = await session.run({ rows: pictures, soft });
      pictures.dispose();
      return present(outputs['joined'], 'the rows were not joined');
    },
    close: async () => {
      soft.dispose();
      await session.close();
    },
  };
}
