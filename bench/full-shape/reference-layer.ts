/** @file The first layer of a Llama decoder in plain loops, with nothing of the product's graphs or kernels. */

/** Reads a tensor of the layer as float32 by its name within it: `self_attn.q_proj.weight`, [outputs, inputs]. */
export type ReadWeight = (name: string) => Promise<Float32Array>;

/** Sizes of the layer. */
export interface ReferenceSizes {
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly theta: number;
}

type Rows = readonly Float32Array[];

/**
 * Computes the layer on the first positions of a sequence. Weights and rows are float32, sums are doubles.
 *
 * @shape input S rows of [E] → the same
 * @source Touvron et al. 2023, arxiv.org/abs/2302.13971; halves of heads rotated as in transformers' LlamaRotaryEmbedding
 */
export async function referenceLayer(sizes: ReferenceSizes, read: ReadWeight, input: Rows): Promise<Rows> {
  const product = async (name: string, rows: Rows): Promise<Rows> => multiply(await read(`${name}.weight`), rows);
  const normed = normalize(input, await read('input_layernorm.weight'), sizes.epsilon);
  const q = rotate(await product('self_attn.q_proj', normed), sizes);
  const k = rotate(await product('self_attn.k_proj', normed), sizes);
  const attended = add(
    input,
    await product('self_attn.o_proj', attend({ q, k, v: await product('self_attn.v_proj', normed) }, sizes.heads)),
  );
  const h = normalize(attended, await read('post_attention_layernorm.weight'), sizes.epsilon);
  const [gate, up] = [await product('mlp.gate_proj', h), await product('mlp.up_proj', h)];
  const gated = gate.map((row, s) => row.map((x, i) => (x / (1 + Math.exp(-x))) * at(up[s], i)));
  return add(attended, await product('mlp.down_proj', gated));
}

/** @shape weight [N, K], rows of [K] → rows of [N] */
function multiply(weight: Float32Array, rows: Rows): Rows {
  const columns = rows[0]?.length ?? 1;
  const outputs = rows.map(() => new Float32Array(weight.length / columns));
  for (let n = 0, start = 0; start < weight.length; n++, start += columns) {
    const line = weight.subarray(start, start + columns);
    for (let s = 0; s < rows.length; s++) {
      const output = outputs[s];
      const row = rows[s];
      if (output && row) output[n] = dot(line, row);
    }
  }
  return outputs;
}

function dot(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < a.length; i += 2) {
    even += (a[i] ?? 0) * (b[i] ?? 0);
    odd += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
  }
  return even + odd; // all widths here are even
}

function normalize(rows: Rows, weight: Float32Array, epsilon: number): Rows {
  return rows.map((row) => {
    const inverse = 1 / Math.sqrt(dot(row, row) / row.length + epsilon);
    return row.map((x, i) => x * inverse * at(weight, i));
  });
}

/** Turns the pair of elements (i, i + D / 2) of each head by the position's angle. */
function rotate(rows: Rows, { heads, theta }: ReferenceSizes): Rows {
  return rows.map((row, position) => {
    const width = row.length / heads;
    const half = width / 2;
    return row.map((x, i) => {
      const place = i % width;
      const angle = position * theta ** (-(place % half) / half);
      const other = place < half ? -at(row, i + half) : at(row, i - half);
      return x * Math.cos(angle) + other * Math.sin(angle);
    });
  });
}

interface Projections {
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
}

function attend({ q, k, v }: Projections, heads: number): Rows {
  return q.map((query, s) => {
    const width = query.length / heads;
    const output = new Float32Array(query.length);
    for (let start = 0; start < query.length; start += width) {
      const own = query.subarray(start, start + width);
      const scores = k.slice(0, s + 1).map((key) => dot(own, key.subarray(start, start + width)) / Math.sqrt(width));
      const largest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - largest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = start; i < start + width; i++) {
        output[i] = weights.reduce((sum, weight, t) => sum + weight * at(v[t], i), 0) / total;
      }
    }
    return output;
  });
}

function add(a: Rows, b: Rows): Rows {
  return a.map((row, s) => row.map((x, i) => x + at(b[s], i)));
}

function at(row: Float32Array | undefined, index: number): number {
  return row?.[index] ?? NaN;
}
