import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AdapterSpec, LowRankSpec } from '../../../src/core/adapter/spec.ts';
import { present } from '../../../src/core/error.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { float32Catalog, type WeightCatalog } from '../../../src/core/nn/weights.ts';
import { makeOptimizer } from '../../../src/core/optim/optimizers.ts';
import { elementCount } from '../../../src/core/tensor/shape.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { countPlaces, layOutBatch, rotationOf, type BatchSizes, type TrainExample } from '../../../models/decoder/train-batch.ts';
import type { TrainingPlan } from '../../../models/decoder/train-forward.ts';
import { gradientStep, lossGraph, nextName, slotName, sumName, trainStep } from '../../../models/decoder/train-step.ts';
import { readModel } from '../../../models/families.ts';
import { uniform } from '../../helpers/grad-check.ts';
import { numbersOf, openGraph, runGraph, type Tensors } from '../../helpers/run-graph.ts';
import { expectClose } from '../../helpers/to-be-close.ts';

const folder = 'test/fixtures/reference/llava-interleave-qwen2/checkpoint';
const model = readModel(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Record<string, unknown>);
const trained = { model, catalog: float32Catalog };
const E = model.decoder.hiddenSize;
const lora: LowRankSpec = { kind: 'lora', rank: 2, alpha: 4, isRankStabilized: false, dropout: 0, targets: ['q_proj', 'down_proj'] };

/** Random weights, the same for every graph. */
function weightsOf(graph: Graph): Tensors {
  return Object.fromEntries(
    graph.weights.map(({ source, value }) => {
      const shape = value.shape.map(Number);
      const isNorm = source.endsWith('norm.weight');
      return [source, uniform(shape, source.length * 31 + (source.codePointAt(28) ?? 0), isNorm ? [0.5, 1.5] : [-0.15, 0.15])] as const;
    }),
  );
}

const start = [{ row: 0 }, { row: 1 }, { token: 7 }, { token: 30 }];
const rows = { rows: uniform([1, 2, E], 5) };
const captions = [
  [11, 12, 13, 2],
  [14, 2],
  [15, 16, 17, 18, 2],
];

function sizesOf(examples: readonly TrainExample[], more: Partial<BatchSizes> = {}): BatchSizes {
  const counts = examples.map(countPlaces);
  return {
    batch: examples.length,
    length: Math.max(...counts.map(({ length }) => length)),
    labels: counts.reduce((sum, { labels }) => sum + labels, 0),
    pictures: 1,
    rowsPerPicture: 2,
    ...more,
  };
}

/** A batch as graphs take it. */
function inputsOf(...args: Parameters<typeof layOutBatch>): Tensors {
  const { positions, ...others } = layOutBatch(...args);
  return { ...others, ...rotationOf(present(positions, 'no positions'), model.decoder) };
}

async function lossOf(
  examples: readonly TrainExample[],
  method: AdapterSpec,
  options: { sizes?: BatchSizes; tokenCount?: number } = {},
): Promise<number> {
  const sizes = options.sizes ?? sizesOf(examples);
  const graph = lossGraph(trained, { method, sizes, smoothing: 0 });
  const prefixTokens = method.kind === 'prefix' ? method.tokens : 0;
  const inputs = inputsOf(examples, sizes, {
    prefixTokens,
    ...(options.tokenCount === undefined ? {} : { tokenCount: options.tokenCount }),
  });
  const learned = Object.fromEntries(
    graph.inputs
      .filter(({ name }) => !(name in inputs) && name !== 'rows')
      .map(({ name, shape }) => [name, uniform(shape.map(Number), name.length)]),
  );
  const results = await runGraph(graph, { ...weightsOf(graph), ...inputs, ...rows, ...learned });
  return present(numbersOf(results, 'loss')[0], 'loss');
}

describe('lossGraph', () => {
  it.each([
    ['LoRA', lora],
    ['a prefix', { kind: 'prefix', tokens: 3, projectionSize: 8 } as const],
  ])('gives captions behind one picture the loss that they have alone, with %s', async (_name, method) => {
    const packed = await lossOf([{ start, captions }], method);
    let sum = 0;
    for (const caption of captions) sum += await lossOf([{ start, captions: [caption] }], method, { tokenCount: 1 });
    expectClose([packed], [sum / captions.flat().length], { rtol: 1e-5, atol: 1e-6 });
  });

  it('gives the same loss in a batch with more places, labels and sequences than are used', async () => {
    const examples = [{ start, captions }];
    const tight = sizesOf(examples);
    const roomy = { ...tight, batch: 2, length: tight.length + 5, labels: tight.labels + 4 };
    expectClose([await lossOf(examples, lora, { sizes: roomy })], [await lossOf(examples, lora)], { rtol: 1e-5, atol: 1e-6 });
  });

  it('sees the soft prompt where the sequence names its rows', async () => {
    const method = { kind: 'prompt', tokens: 2 } as const;
    const soft = [{ row: 2 }, { row: 3 }];
    const [before, inside, without] = [
      await lossOf([{ start: [...soft, ...start], captions }], method),
      await lossOf([{ start: [...start.slice(0, 2), ...soft, ...start.slice(2)], captions }], method),
      await lossOf([{ start, captions }], method),
    ];
    expect(new Set([before, inside, without].map((loss) => loss.toFixed(4))).size).toBe(3);
  });
});

describe('trainStep', () => {
  const methods: readonly AdapterSpec[] = [
    lora,
    { ...lora, kind: 'dora' },
    { ...lora, dropout: 0.3 },
    { kind: 'prompt', tokens: 2 },
    { kind: 'prefix', tokens: 3, projectionSize: 8 },
  ];

  it.each(methods.map((method) => [JSON.stringify(method), method] as const))('lowers the loss: %s', async (_name, method) => {
    const examples = [{ start: [...(method.kind === 'prompt' ? [{ row: 2 }, { row: 3 }] : []), ...start], captions }];
    const plan: TrainingPlan = { method, sizes: sizesOf(examples), smoothing: 0.1 };
    const optimizer = makeOptimizer({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 });
    const { graph, parameters } = trainStep(trained, plan, { optimizer, clip: 1 });
    const session = await openGraph(graph);
    const noise = graph.inputs
      .filter(({ name }) => name.startsWith('noise.'))
      .map(({ name, shape }) => [name, uniform(shape.map(Number), 3, [0, 1])] as const);
    const fixed = {
      ...weightsOf(graph),
      ...rows,
      ...Object.fromEntries(noise),
      ...inputsOf(examples, plan.sizes, { prefixTokens: method.kind === 'prefix' ? 3 : 0 }),
    };
    let state: Tensors = Object.fromEntries(
      parameters.flatMap(({ name, shape }) => [
        [name, uniform(shape, name.length, name.includes('magnitude') ? [0.9, 1.1] : [-0.3, 0.3])] as const,
        ...optimizer.slotNames.map((slot) => [slotName(slot, name), float32(shape, new Float32Array(elementCount(shape)))] as const),
      ]),
    );
    const losses: number[] = [];
    for (let step = 0; step < 12; step++) {
      const rates = Object.entries(optimizer.ratesAt(step, 0.02)).map(([name, rate]) => [name, float32([], [rate])] as const);
      const results = await session.run({ ...fixed, ...state, ...Object.fromEntries(rates) });
      losses.push(present(numbersOf(results, 'loss')[0], 'loss'));
      state = Object.fromEntries(Object.keys(state).map((name) => [name, present(results[nextName(name)], name)]));
    }
    expect(losses.every((loss, i) => i === 0 || loss < (losses[i - 1] ?? 0) + 1e-3)).toBe(true);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.2);
  });

  it('takes the factors of a layer as inputs, so that another adapter of the same rank needs no new session', () => {
    const { graph } = trainStep(
      trained,
      { method: lora, sizes: sizesOf([{ start, captions }]), smoothing: 0 },
      { optimizer: makeOptimizer({ kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 }), clip: null },
    );
    expect(graph.inputs.map(({ name }) => name).filter((name) => name.includes('layers.0'))).toEqual([
      'model.language_model.layers.0.self_attn.q_proj.lora_A.weight',
      'model.language_model.layers.0.self_attn.q_proj.lora_B.weight',
      'model.language_model.layers.0.mlp.down_proj.lora_A.weight',
      'model.language_model.layers.0.mlp.down_proj.lora_B.weight',
    ]);
  });

  it('refuses full fine-tuning of weights in blocks', () => {
    const catalog = { format: () => ({ kind: 'blocks', bits: 4, block: 32 }) as const };
    const plan: TrainingPlan = { method: { kind: 'full', reach: 'projector' }, sizes: sizesOf([{ start, captions }]), smoothing: 0 };
    expect(() => gradientStep({ model, catalog }, plan)).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
  });

  it('has a gradient through every module of the decoder, held in blocks or not', () => {
    const blocks: WeightCatalog = {
      format: (name) => (name.endsWith('norm.weight') ? { kind: 'float32' } : { kind: 'blocks', bits: 4, block: 16 }),
    };
    for (const weights of [blocks, float32Catalog]) {
      const all: LowRankSpec = { ...lora, kind: 'dora', targets: '.*' };
      const { graph, parameters } = gradientStep(
        { model, catalog: weights },
        { method: all, sizes: sizesOf([{ start, captions }]), smoothing: 0 },
      );
      expect(parameters.length).toBe(model.decoder.layers * 7 * 3);
      expect(graph.outputs.map(({ name }) => name)).toEqual(['loss', ...parameters.map(({ name }) => nextName(sumName(name)))]);
    }
  });
});

/** Ops that onnxruntime-web 1.30 was measured to run on WebGPU, of those that training could use. */
const onGpu = new Set([
  ...['Abs', 'Add', 'And', 'Clip', 'Concat', 'CumSum', 'Div', 'Equal', 'Erf', 'Exp', 'Expand', 'Floor', 'Gather', 'GatherElements'],
  ...[
    'Gelu',
    'Gemm',
    'Greater',
    'Identity',
    'LayerNormalization',
    'LessOrEqual',
    'Log',
    'MatMul',
    'Max',
    'Min',
    'Mul',
    'Neg',
    'Not',
    'Pad',
  ],
  ...['Pow', 'Reciprocal', 'ReduceL2', 'ReduceMax', 'ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'RMSNormalization', 'Relu', 'Reshape'],
  ...['RotaryEmbedding', 'ScatterElements', 'Sigmoid', 'Slice', 'Softmax', 'Softplus', 'Sqrt', 'Squeeze', 'Sub', 'Tanh', 'Transpose'],
  ...['Unsqueeze', 'Where', 'Conv', 'MatMulNBits', 'GatherBlockQuantized', 'QuickGelu'],
]);

describe('training graphs', () => {
  const blocks: WeightCatalog = {
    format: (name) => (name.endsWith('norm.weight') ? { kind: 'float32' } : { kind: 'blocks', bits: 4, block: 16 }),
  };
  const sizes = sizesOf([{ start, captions }]);
  const update = { optimizer: makeOptimizer({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 }), clip: 1 };
  const plans = [
    ...[lora, { ...lora, kind: 'dora', dropout: 0.1 } as const, { kind: 'prompt', tokens: 2 } as const].map((method) => ({
      method,
      catalog: blocks,
    })),
    { method: { kind: 'prefix', tokens: 2, projectionSize: 8 } as const, catalog: blocks },
    { method: { kind: 'full', reach: 'projector' } as const, catalog: float32Catalog },
    { method: { kind: 'full', reach: 'tower' } as const, catalog: float32Catalog },
  ];

  it.each(plans.map((plan) => [plan.method.kind, plan] as const))(
    'hold only ops that stay on the GPU: %s',
    (_kind, { method, catalog }) => {
      const { rowsPerTile } = model.vision;
      const fed = method.kind === 'full' && method.reach === 'tower' ? { ...sizes, pictures: 1, rowsPerPicture: rowsPerTile } : sizes;
      const { graph } = trainStep({ model, catalog }, { method, sizes: fed, smoothing: 0.1 }, update);
      expect([...new Set(graph.nodes.map(({ op }) => op))].filter((op) => !onGpu.has(op))).toEqual([]);
      const wide = graph.nodes.flatMap(({ outputs }) => outputs).filter(({ dtype }) => dtype === 'int64');
      expect(wide, 'values of 64 bits leave the GPU').toEqual([]);
    },
  );
});

describe('layOutBatch', () => {
  const sizes = sizesOf([{ start, captions }]);

  it('learns the first token of each caption from the last place of the start', () => {
    const { label_places: places, labels, token_count: count } = layOutBatch([{ start, captions }], sizes);
    expect(Array.from(places?.data ?? [], Number)).toEqual([3, 4, 5, 6, 3, 7, 3, 8, 9, 10, 11]);
    expect(Array.from(labels?.data ?? [], Number)).toEqual(captions.flat());
    expect(count?.data).toEqual(Float32Array.of(11));
  });

  it('gives each caption the positions behind the start, and hides it from the next', () => {
    const { positions, visible_until: until } = layOutBatch([{ start, captions }], sizes, { prefixTokens: 2 });
    expect([...(positions?.data as Float32Array)]).toEqual([2, 3, 4, 5, 6, 7, 8, 6, 6, 7, 8, 9]);
    expect([...(until?.data as Float32Array)]).toEqual([...Array<number>(6).fill(1e9), 7, 7, 7, 8, 12, 12, 12, 12]);
  });

  it.each([{ length: 11 }, { labels: 10 }, { batch: 0 }])('refuses examples that do not fit: %o', (less) => {
    expect(() => layOutBatch([{ start, captions }], { ...sizes, ...less })).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
  });
});
