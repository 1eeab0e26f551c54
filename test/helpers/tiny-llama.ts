/**
 * @file The decoder of the tiny reference checkpoint in plain loops: slow, and without anything of the engine, so that tests of
 * choosing tokens stand on their own.
 */
import { type TensorFile } from './tensor-file.ts';

const width = 64;
const heads = 4;
const headWidth = 16;
const layers = 2;
const epsilon = 1e-5;

/** Gives the logits of the token after `ids`; the rows of `image` stand in for the ids 4 in order. */
export function tinyLlamaLogits(weights: TensorFile, image: Float32Array, ids: readonly number[]): Float32Array {
  const w = cached(weights);
  let imageRow = 0;
  const table = w('language_model.model.embed_tokens.weight');
  let rows: Float32Array[] = ids.map((id) => {
    const [from, at] = id === 4 ? [image, imageRow++] : [table, id];
    return from.slice(at * width, (at + 1) * width);
  });
  for (let layer = 0; layer < layers; layer += 1) {
    const part = (name: string): Float32Array => w(`language_model.model.layers.${String(layer)}.${name}.weight`);
    const normed = rows.map((row) => rmsNorm(row, part('input_layernorm')));
    const queries = normed.map((row, i) => rotate(linear(row, part('self_attn.q_proj')), i));
    const keys = normed.map((row, i) => rotate(linear(row, part('self_attn.k_proj')), i));
    const values = normed.map((row) => linear(row, part('self_attn.v_proj')));
    rows = rows.map((row, i) => add(row, linear(attend(queries[i] ?? row, keys.slice(0, i + 1), values), part('self_attn.o_proj'))));
    rows = rows.map((row) => {
      const x = rmsNorm(row, part('post_attention_layernorm'));
      const up = linear(x, part('mlp.up_proj'));
      const gated = linear(x, part('mlp.gate_proj')).map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] ?? 0));
      return add(row, linear(gated, part('mlp.down_proj')));
    });
  }
  const last = rmsNorm(rows.at(-1) ?? new Float32Array(width), w('language_model.model.norm.weight'));
  return linear(last, w('language_model.lm_head.weight'));
}

const caches = new WeakMap<TensorFile, Map<string, Float32Array>>();

function cached(weights: TensorFile): (name: string) => Float32Array {
  const cache = caches.get(weights) ?? new Map<string, Float32Array>();
  caches.set(weights, cache);
  return (name) => {
    const values = cache.get(name) ?? weights.floats(name);
    cache.set(name, values);
    return values;
  };
}

function linear(x: Float32Array, weight: Float32Array): Float32Array {
  const inputs = x.length;
  return Float32Array.from({ length: weight.length / inputs }, (_, out) => {
    let sum = 0;
    for (let i = 0; i < inputs; i += 1) sum += (x[i] ?? 0) * (weight[out * inputs + i] ?? 0);
    return sum;
  });
}

function rmsNorm(x: Float32Array, weight: Float32Array): Float32Array {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, i) => (value / Math.sqrt(mean + epsilon)) * (weight[i] ?? 0));
}

function rotate(x: Float32Array, position: number): Float32Array {
  const half = headWidth / 2;
  return x.map((value, i) => {
    const within = i % headWidth;
    const angle = position * 10_000 ** ((-2 * (within % half)) / headWidth);
    const other = within < half ? -(x[i + half] ?? 0) : (x[i - half] ?? 0);
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function attend(query: Float32Array, keys: readonly Float32Array[], values: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(width);
  for (let head = 0; head < heads; head += 1) {
    const from = head * headWidth;
    const scores = keys.map((key) => {
      let dot = 0;
      for (let i = from; i < from + headWidth; i += 1) dot += (query[i] ?? 0) * (key[i] ?? 0);
      return dot / Math.sqrt(headWidth);
    });
    const top = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - top));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = from; i < from + headWidth; i += 1) {
      result[i] = weights.reduce((sum, weight, at) => sum + (weight / total) * (values[at]?.[i] ?? 0), 0);
    }
  }
  return result;
}

function add(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + (b[i] ?? 0));
}
