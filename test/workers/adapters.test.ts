/** @file Adapters in the browser, in wasm and on WebGPU, against PEFT; and styles as the page asks for them. */
import { proxy, wrap, type Remote } from 'comlink';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTar } from '../../src/core/archive/read-tar.ts';
import { memorySource } from '../../src/core/codec/byte-source.ts';
import { emptyCard, type LearnedAdapter } from '../../src/core/adapter/learned.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { matchAdapter } from '../../src/engine/adapter/match-adapter.ts';
import { makeRack } from '../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../src/engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../src/engine/adapter/write-adapter.ts';
import { zipFiles } from '../../src/engine/adapter/zip.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import type { CaptionEvent, DecodingOptions, ModelSummary, StudioApi } from '../../workers/api.ts';
import type { AdapterProgress, AdapterSource } from '../../workers/adapters-api.ts';
import { installErrorWire } from '../../workers/wire.ts';
import { numbers, openReference, photosOf, referenceFiles, tensorsOf, worstMiss } from './reference-model.ts';

const kinds = ['lora', 'rslora-qv', 'dora', 'prompt', 'prefix'];

/** Whole weights in the place of a model's own: the same, but for a norm at the end that makes logits larger. */
async function withLargerNorm({ bundle, store }: OpenModel, factor: number): Promise<LearnedAdapter> {
  const norm = 'model.language_model.norm.weight';
  const names = [norm, 'model.multi_modal_projector.linear_1.weight', 'model.language_model.layers.0.mlp.down_proj.weight'];
  const replaced = await Promise.all(
    names.map(async (name) => {
      const shape = bundle.tensors.get(name)?.shape ?? expect.fail(name);
      const own = (await store.read(name)) as Float32Array;
      return [name, float32(shape, name === norm ? own.map((value) => factor * value) : own)] as const;
    }),
  );
  const base = { name: '', revision: null, digest: null };
  const parts = { tensors: new Map<string, never>(), placement: 'start', start: null, base, card: emptyCard } as const;
  return { name: 'larger', spec: { kind: 'weights' }, replaced: new Map(replaced), ...parts };
}

describe.each([
  ['wasm', 'fp32', 'float32'],
  ['webgpu', 'fp32', 'float32'],
  ['webgpu', 'q4', 'stored'],
] as const)('on %s with a base in %s', (backend, precision, policy) => {
  it('wears every kind, one after the other, as PEFT does', async () => {
    const name = 'llava-interleave-qwen2';
    const model = await openReference(name, backend, { precision, policy });
    const floats = policy === 'stored' ? await openReference(name, 'wasm', { precision, policy: 'float32' }) : null;
    const [rack, floatRack] = [makeRack(model), floats && makeRack(floats)];
    const golden = await tensorsOf(`${name}/expected.safetensors`);
    const [[key, photo] = expect.fail('no photo')] = await photosOf(name);
    const view = { pixels: await golden(`${key}.pixel_values`), size: photo };
    for (const kind of kinds) {
      const { adapter } = matchAdapter(await readAdapterFolder(referenceFiles(`${name}/adapters/${kind}/`)), model);
      const trace = await traceCaption(await rack.wear([{ adapter, scale: 1 }]), view, rawPrompt(photo.prompt), 4);
      const expected = await (await tensorsOf(`${name}/adapters/${kind}/expected.safetensors`))('last_logits');
      const wanted = floatRack
        ? numbers(await traceCaption(await floatRack.wear([{ adapter, scale: 1 }]), view, rawPrompt(photo.prompt), 4), 'logits')
        : expected;
      const logits = numbers(trace, 'logits');
      const miss = worstMiss(logits.slice(-wanted.length), wanted, 2e-4);
      expect(miss, `${kind} ${String(miss)}`).toBeLessThanOrEqual(1);
    }
    const plain = numbers(await traceCaption(model, view, rawPrompt(photo.prompt), 0), 'logits');
    const opened = vi.spyOn(model.runtime, 'createSession');
    for (const factor of [2, 3]) {
      const adapter = await withLargerNorm(model, factor);
      const logits = numbers(await traceCaption(await rack.wear([{ adapter, scale: 1 }]), view, rawPrompt(photo.prompt), 0), 'logits');
      const wanted = plain.map((value) => value * factor);
      expect(worstMiss(logits, wanted, policy === 'stored' ? 2e-2 : 2e-4), `whole weights, ${String(factor)}`).toBeLessThanOrEqual(1);
    }
    expect(opened).toHaveBeenCalledTimes(2); // by the first of the two: one that looks, one that writes
    await rack.close();
    await floatRack?.close();
    await model.close();
    await floats?.close();
  });
});

describe('the engine’s thread', () => {
  let worker: Worker;
  let studio: Remote<StudioApi>;
  let summary: ModelSummary;
  beforeAll(async () => {
    installErrorWire();
    worker = new Worker(new URL('../../workers/studio.worker.ts', import.meta.url), { type: 'module', name: 'studio' });
    studio = wrap<StudioApi>(worker);
    summary = await studio.openModel(
      { source: { kind: 'embedded' }, backend: 'wasm' },
      proxy(() => undefined),
    );
  });
  afterAll(async () => {
    await studio.closeModel();
    worker.terminate();
  });

  /** A LoRA of rank 1 that pushes the last layer far enough to be seen. */
  async function madeUp(name: string, width: number, strength: number): Promise<AdapterSource> {
    const module = 'model.language_model.layers.5.mlp.down_proj';
    const files = writeAdapter(
      {
        name,
        spec: { kind: 'lora', rank: 1, alpha: 1, isRankStabilized: false, targets: [module], dropout: 0 },
        tensors: new Map([
          [
            `${module}.lora_A.weight`,
            float32(
              [1, 768],
              Array.from({ length: 768 }, (_, i) => Math.sin(i)),
            ),
          ],
          [
            `${module}.lora_B.weight`,
            float32(
              [width, 1],
              Array.from({ length: width }, (_, i) => strength * Math.cos(3 * i)),
            ),
          ],
        ]),
        replaced: new Map(),
        placement: 'start',
        start: null,
        base: { name: 'llava-mini', revision: null, digest: null },
        card: { ...emptyCard, sample: 'a sample' },
      },
      { layout: 'hf5', sizes: { layers: 6, heads: 4, keyValueHeads: 2, headWidth: 64, hiddenSize: 256 } },
    );
    const pieces = (await zipFiles(files)).map((piece) => new Uint8Array(piece));
    return { kind: 'zip', name: `${name}.zip`, file: new Blob(pieces) };
  }

  async function caption(adapters: readonly { id: string; scale: number }[]): Promise<string> {
    const file = await (await fetch('/samples/skimage_coffee.jpg')).blob();
    const prompt = { system: null, prompt: 'Provide a one-sentence caption for the provided image.' };
    const decoding: DecodingOptions = { ...summary.defaults, maxNewTokens: 12 };
    const texts: string[] = [];
    await studio.caption(
      { jobId: String(texts.length), pictures: [{ id: 'coffee', name: 'coffee.jpg', file, prompt }], decoding, adapters },
      proxy((event: CaptionEvent) => {
        if (event.kind === 'done') texts.push(event.captions[0]?.text ?? '');
        if (event.kind === 'failed') throw new Error(event.error.message);
      }),
    );
    return texts[0] ?? expect.fail('no caption');
  }

  it('loads a zip, captions with it and without it, and tells what it is', async () => {
    const plain = await caption([]);
    const style = await studio.loadAdapter(await madeUp('mine', 256, 0.4));
    expect(style).toMatchObject({
      name: 'mine',
      kind: 'lora',
      isScalable: true,
      facts: 'LoRA, rank 1, down_proj of 1 layer, alpha 1',
      fit: { state: 'fits', reason: '' },
      matched: 2,
      unmatched: [],
      card: { sample: 'a sample' },
    });
    const worn = await caption([{ id: style.id, scale: 1 }]);
    expect(worn).not.toBe(plain);
    expect(await caption([{ id: style.id, scale: 0 }])).toBe(plain);
    expect(await caption([])).toBe(plain);

    const copy = await studio.duplicateAdapter({ id: style.id, name: 'less', scale: 0.5 });
    expect(await caption([{ id: copy.id, scale: 2 }])).toBe(worn);
    const again = await studio.loadAdapter({
      kind: 'zip',
      name: 'again.zip',
      file: await studio.exportAdapter({ id: style.id, layout: 'hf4' }),
    });
    expect([again.id, again.name]).toEqual([style.id, 'mine']);
    expect(await studio.lookInside(style.id)).toMatchObject({ kind: 'lora', changes: [{ layer: 5, part: 'down_proj', stretch: null }] });

    await studio.describeAdapter({ id: copy.id, name: 'renamed', card: emptyCard });
    expect((await studio.listAdapters()).map(({ name }) => name).sort()).toEqual(['mine', 'renamed']);
    await studio.unloadAdapter(copy.id);
    await expect(caption([{ id: copy.id, scale: 1 }])).rejects.toMatchObject({ code: 'argument-invalid' });
  });

  it('tells how far a style is as it is read and packed, and leaves nothing of one that is stopped', async () => {
    const source = await madeUp('watched', 256, 0.2);
    const told: AdapterProgress[] = [];
    const note = proxy((progress: AdapterProgress) => void told.push(progress));
    const stopping = studio.loadAdapter(source, 'first', note);
    await studio.stopAdapterCall('first');
    await expect(stopping).rejects.toMatchObject({ code: 'cancelled' });
    expect((await studio.listAdapters()).map(({ name }) => name)).not.toContain('watched');
    const style = await studio.loadAdapter(source, 'second', note);
    await studio.exportAdapter({ id: style.id, layout: 'hf5' }, 'third', note);
    const total = 4 * (768 + 256);
    expect(told.filter(({ stage }) => stage === 'reading').at(-1)).toMatchObject({ total });
    expect(told.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['checking', 'reading', 'packing']));
    await studio.unloadAdapter(style.id);
    await studio.stopAdapterCall('second'); // it has ended long ago
    expect((await studio.listAdapters()).map(({ name }) => name)).not.toContain('watched');
  });

  it('lists an adapter of another base with the reason, and does not caption with it', async () => {
    const other = await studio.loadAdapter(await madeUp('other', 64, 1));
    expect(other.fit.state).toBe('other');
    expect(other.fit.reason).toMatch(/lora_B.weight is \[64, 1\], llava-mini needs \[256, 1\]/);
    await expect(caption([{ id: other.id, scale: 1 }])).rejects.toMatchObject({ code: 'adapter-mismatch' });
  });

  it('loads an adapter from an address, and says where there is none', async () => {
    const folder = `${location.origin}/test/fixtures/reference/llava15-vicuna/adapters/`;
    const found = await studio.loadAdapter({ kind: 'address', url: `${folder}prefix/` });
    expect(found).toMatchObject({ name: 'prefix', kind: 'prefix', fit: { state: 'other' }, base: { name: 'llava15-vicuna' } });
    await expect(studio.loadAdapter({ kind: 'address', url: `${location.origin}/test/fixtures/pictures/` })).rejects.toMatchObject({
      code: 'file-missing',
    });
    await expect(studio.loadAdapter({ kind: 'address', url: 'ftp://somewhere' })).rejects.toMatchObject({ code: 'argument-invalid' });
    await expect(studio.loadAdapter({ kind: 'hub', id: 'no-owner' })).rejects.toMatchObject({ code: 'argument-invalid' });
  });

  it('merges a style into a bundle that captions as with the style', async () => {
    const style = await studio.loadAdapter(await madeUp('merged', 256, 0.3));
    const worn = await caption([{ id: style.id, scale: 1 }]);
    const adapters = [{ id: style.id, scale: 1 }];
    const seen: number[] = [];
    const request = { adapters, name: 'mini-merged', changedAs: 'float32' } as const;
    const tar = await studio.mergeAdapters(
      request,
      proxy((done: number) => void seen.push(done)),
    );
    const sizes = await studio.measureMerge(adapters);
    expect(seen.at(-1)).toBe(sizes.float32);
    expect(sizes.same).toBeLessThan(sizes.float32);
    expect(tar.size).toBeGreaterThan(sizes.float32);
    const files: { path: string; file: Blob }[] = [];
    for (const { path, read } of await openTar(memorySource('merged.tar', new Uint8Array(await tar.arrayBuffer()))))
      files.push({ path: path.replace('model/', ''), file: new Blob([await read()]) });
    await studio.openModel(
      { source: { kind: 'held', id: 'mini-merged', files }, backend: 'wasm' },
      proxy(() => undefined),
    );
    expect(await caption([])).toBe(worn);
    const { fit } = (await studio.listAdapters()).find(({ id }) => id === style.id) ?? expect.fail('the style is gone');
    expect(fit).toMatchObject({ state: 'unsure', reason: expect.stringContaining('this is mini-merged') as string });
  });
});
