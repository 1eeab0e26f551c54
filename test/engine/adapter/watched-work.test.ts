/** @file Reading, packing and putting on, watched: the bytes add up, and a stop leaves nothing behind. */
import { describe, expect, it, vi } from 'vitest';
import { emptyCard, type LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { float32, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { makeRack } from '../../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { watchAdapter, watchedFiles, type AdapterProgress, type AdapterWatch } from '../../../src/engine/adapter/watch.ts';
import { writeAdapter } from '../../../src/engine/adapter/write-adapter.ts';
import { zipFiles, zipFileSet } from '../../../src/engine/adapter/zip.ts';
import type { DeviceTensor } from '../../../src/engine/runtime.ts';
import { useWornStage } from './worn-stage.ts';

const noLimit = { learnedBytes: Number.POSITIVE_INFINITY };

/** A watch that tells everything, and stops once a stage has come so far. */
function watching(
  stopsIn?: AdapterProgress['stage'],
  stopsAtBytes = 1,
): { readonly watch: AdapterWatch; readonly told: AdapterProgress[] } {
  const told: AdapterProgress[] = [];
  let isStopped = false;
  const watch = watchAdapter('tower', { onProgress: () => undefined, isStopped: () => isStopped, breathe: () => Promise.resolve() });
  let now: AdapterProgress = { stage: 'reading', done: 0, total: 0 };
  const note = (stage: AdapterProgress['stage'], bytes: number): void => {
    if (stage !== now.stage) return;
    now = { ...now, done: now.done + bytes };
    told.push(now);
    isStopped ||= stage === stopsIn && now.done >= stopsAtBytes;
  };
  return {
    told,
    watch: {
      begin: (stage, total) => {
        now = { stage, done: 0, total };
        told.push(now);
        watch.begin(stage, total);
      },
      count: note,
      step: (stage, bytes) => {
        note(stage, bytes);
        return watch.step(stage, bytes);
      },
    },
  };
}

const lastOf = (told: readonly AdapterProgress[], stage: AdapterProgress['stage']): AdapterProgress | undefined =>
  told.findLast((one) => one.stage === stage);

/** Twenty megabytes of weights: more than is read between two turns of the host. */
const large: LearnedAdapter = {
  name: 'tower',
  spec: { kind: 'weights' },
  tensors: new Map(),
  replaced: new Map([
    ['model.language_model.norm.weight', float32([64], new Float32Array(64).fill(1))],
    [
      'model.language_model.embed_tokens.weight',
      float32(
        [5000, 1000],
        new Float32Array(5e6).map((_, i) => (i % 7) / 7),
      ),
    ],
  ]),
  placement: 'start',
  start: null,
  base: { name: '', revision: null, digest: null },
  card: emptyCard,
};
const learnedBytes = 4 * (64 + 5e6);
const files = writeAdapter(large, { layout: 'hf5', sizes: { layers: 1, heads: 1, keyValueHeads: 1, headWidth: 1, hiddenSize: 1 } });

function inMemory(): FileSet {
  return {
    name: 'tower',
    list: () => Promise.resolve([...files.keys()]),
    open: (path) => {
      const bytes = files.get(path);
      return Promise.resolve(bytes ? memorySource(path, bytes) : null);
    },
  };
}

const packed = async (): Promise<Uint8Array> => Buffer.concat(await zipFiles(files));
const numbersOf = (tensors: ReadonlyMap<string, Tensor<'float32'>>): readonly unknown[] =>
  [...tensors].map(([name, { shape, data }]) => [name, shape, Array.from(data.subarray(0, 100)), data.at(-1)]);

describe('reading that is watched', () => {
  it('tells the bytes of a folder, piece by piece, and reads the same numbers', async () => {
    const { watch, told } = watching();
    const read = await readAdapterFolder(watchedFiles(inMemory(), watch), noLimit, watch);
    expect(lastOf(told, 'reading')).toEqual({ stage: 'reading', done: learnedBytes, total: learnedBytes });
    expect(told.filter(({ stage, total }) => stage === 'reading' && total === learnedBytes).length).toBeGreaterThan(3);
    const plain = await readAdapterFolder(inMemory());
    expect(numbersOf(read.ownTensors)).toEqual(numbersOf(plain.ownTensors));
  });

  it('tells that a zip is checked, then read', async () => {
    const { watch, told } = watching();
    const zip = await zipFileSet(memorySource('tower.zip', await packed()), watch);
    await readAdapterFolder(watchedFiles(zip, watch), noLimit, watch);
    const checked = lastOf(told, 'checking');
    expect(checked?.total).toBe(files.get('caption-studio.safetensors')?.byteLength);
    expect(checked?.done).toBe(checked?.total);
    expect(lastOf(told, 'reading')?.done).toBe(learnedBytes);
  });

  it.each(['checking', 'reading'] as const)('ends in the middle of a file when it is stopped while %s', async (stage) => {
    const { watch, told } = watching(stage, 1e6);
    const zip = await zipFileSet(memorySource('tower.zip', await packed()), watch);
    await expect(readAdapterFolder(watchedFiles(zip, watch), noLimit, watch)).rejects.toMatchObject({
      code: 'cancelled',
      message: 'tower: stopped',
    });
    const { done, total } = lastOf(told, stage) ?? expect.fail(stage);
    expect(done).toBeLessThan(total);
  });
});

describe('packing that is watched', () => {
  it('tells the bytes, gives the same zip, and can be stopped', async () => {
    const { watch, told } = watching();
    const zip = Buffer.concat(await zipFiles(files, watch));
    expect(zip.equals(Buffer.from(await packed()))).toBe(true);
    const { done, total } = lastOf(told, 'packing') ?? expect.fail('nothing was told');
    expect([done, total]).toEqual([total, [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)]);
    await expect(zipFiles(files, watching('packing', 1e6).watch)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('putting on that is watched', () => {
  const stage = useWornStage('llava15-vicuna');

  /** Weights of the decoder and of the projector in the place of the model's own. */
  async function weights(): Promise<LearnedAdapter> {
    const { store, bundle } = stage().model;
    const names = ['norm.weight', 'layers.0.mlp.down_proj.weight'].map((name) => `model.language_model.${name}`);
    const replaced = [...names, 'model.multi_modal_projector.linear_1.weight'].map(async (name) => {
      const shape = bundle.tensors.get(name)?.shape ?? expect.fail(name);
      return [
        name,
        float32(
          shape,
          ((await store.read(name)) as Float32Array).map((value) => 2 * value),
        ),
      ] as const;
    });
    return { ...large, replaced: new Map(await Promise.all(replaced)) };
  }

  /** A rack whose tensors are counted while they lie where sessions compute. */
  function countedRack(): { readonly rack: ReturnType<typeof makeRack>; readonly placed: Set<DeviceTensor> } {
    const { model } = stage();
    const placed = new Set<DeviceTensor>();
    const place: typeof model.runtime.place = async (tensor) => {
      const one = await model.runtime.place(tensor);
      placed.add(one);
      const dispose = one.dispose.bind(one);
      one.dispose = () => {
        placed.delete(one);
        dispose();
      };
      return one;
    };
    return { rack: makeRack({ ...model, runtime: { ...model.runtime, place } }), placed };
  }

  it('tells the bytes that are laid out, and leaves none of them when it is stopped', async () => {
    const adapter = await weights();
    const worn = [{ adapter, scale: 1 }];
    const { rack, placed } = countedRack();
    const stopped = watching('laying out');
    await expect(rack.wear(worn, stopped.watch)).rejects.toMatchObject({ code: 'cancelled' });
    expect(placed.size).toBe(0);
    const { watch, told } = watching();
    const model = await rack.wear(worn, watch);
    const { done, total } = lastOf(told, 'laying out') ?? expect.fail('nothing was told');
    expect([done, total]).toEqual([total, [...adapter.replaced.values()].reduce((sum, { data }) => sum + data.byteLength, 0)]);
    const twin = await stage().logits(worn);
    expect(await stage().logits([], model)).toEqual(twin);
    await rack.close();
    expect(placed.size).toBe(0);
  });

  it('leaves nothing of an adapter that is let go of, and all of the others', async () => {
    const [mine, other] = [await weights(), await stage().adapterOf('lora')];
    const { rack, placed } = countedRack();
    await rack.wear([{ adapter: other, scale: 1 }]);
    const others = new Set(placed);
    await rack.wear([{ adapter: mine, scale: 1 }]);
    expect(placed.size).toBeGreaterThan(others.size);
    await rack.forget(mine);
    expect(placed).toEqual(others);
    await rack.close();
    expect(placed.size).toBe(0);
  });
});

it('tells no share of what is more than was announced', async () => {
  vi.useFakeTimers();
  try {
    const heard: AdapterProgress[] = [];
    const control = { isStopped: () => false, breathe: () => Promise.resolve() };
    const watch = watchAdapter('tower', { ...control, onProgress: (progress) => heard.push(progress) });
    watch.begin('fetching', 10);
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(200);
      await watch.step('fetching', 5);
    }
    expect(heard.map(({ done, total }) => [done, total])).toEqual([
      [0, 10],
      [5, 10],
      [10, 10],
      [15, 0],
    ]);
  } finally {
    vi.useRealTimers();
  }
});

it('a host has its turn a few times a second, and hears of a stage at once', async () => {
  vi.useFakeTimers();
  try {
    const heard: AdapterProgress[] = [];
    const breathe = vi.fn(() => Promise.resolve());
    const watch = watchAdapter('tower', { onProgress: (progress) => heard.push(progress), isStopped: () => false, breathe });
    watch.begin('reading', 100);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(20);
      await watch.step('reading', 1);
      watch.count('packing', 1000); // of another stage
    }
    expect(heard[0]).toEqual({ stage: 'reading', done: 0, total: 100 });
    expect(heard.at(-1)).toEqual({ stage: 'reading', done: 10, total: 100 });
    expect(heard.length).toBeLessThan(5);
    expect(breathe.mock.calls.length).toBeGreaterThanOrEqual(3);
  } finally {
    vi.useRealTimers();
  }
});
