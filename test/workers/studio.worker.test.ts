/** @file The engine's thread as the page talks to it: the embedded model captions a sample on both backends. */
import { proxy, wrap, type Remote } from 'comlink';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptionEvent, DecodingOptions, LongProgress, ModelSummary, PictureRequest, StudioApi } from '../../workers/api.ts';
import { installErrorWire } from '../../workers/wire.ts';

const prompt = { system: null, prompt: 'Provide a one-sentence caption for the provided image.' };
const source = { kind: 'embedded' } as const;

async function sample(name: string): Promise<PictureRequest> {
  const response = await fetch(`/samples/skimage_${name}.jpg`);
  return { id: name, name: `skimage_${name}.jpg`, file: await response.blob(), prompt };
}

function brokenPicture(): PictureRequest {
  return { id: 'broken', name: 'broken.jpg', file: new Blob(['no picture']), prompt };
}

/** The events of one picture, the many of writing as one word. */
function course(events: readonly CaptionEvent[], id: string): string[] {
  const kinds = events.filter((event) => 'id' in event && event.id === id).map(({ kind }) => kind);
  return kinds.filter((kind, i) => kind !== kinds[i - 1]);
}

function firstText(events: readonly CaptionEvent[], id: string): string | undefined {
  return events.flatMap((event) => (event.kind === 'done' && event.id === id ? [event.captions[0]?.text] : []))[0];
}

let worker: Worker;
let studio: Remote<StudioApi>;

beforeAll(() => {
  installErrorWire();
  worker = new Worker(new URL('../../workers/studio.worker.ts', import.meta.url), { type: 'module', name: 'studio' });
  studio = wrap<StudioApi>(worker);
});

afterAll(async () => {
  await studio.closeModel();
  worker.terminate();
});

describe('before a model is open', () => {
  it('tells a GPU in software, the only one unless WEBGPU=own, from a real one', async () => {
    const machine = await studio.inspectMachine();
    const state = import.meta.env['WEBGPU'] === 'own' ? 'hardware' : 'software';
    expect(machine).toMatchObject({ isIsolated: true, webgpu: { state } });
    expect(machine.wasmThreads).toBeGreaterThanOrEqual(1);
  });

  it('refuses a model from an address where there is none', async () => {
    const url = `${location.origin}/no-such-bundle/`;
    const opening = studio.openModel(
      { source: { kind: 'address', url }, backend: 'wasm' },
      proxy(() => undefined),
    );
    await expect(opening).rejects.toMatchObject({ code: 'file-missing' });
  });
});

describe('with the embedded model in wasm', () => {
  let summary: ModelSummary;
  let decoding: DecodingOptions;
  const progress: LongProgress[] = [];

  beforeAll(async () => {
    summary = await studio.openModel(
      { source, backend: 'wasm' },
      proxy((report) => void progress.push(report)),
    );
    decoding = summary.defaults;
  });

  it('says what was opened, and showed the bytes that came', () => {
    expect(summary).toMatchObject({ backend: 'wasm', imageTokens: { least: 49, most: 49 } });
    expect(summary.weightBytes).toBeGreaterThan(10e6);
    const last = progress.at(-1);
    expect(last?.unit).toBe('bytes');
    expect(last?.done).toBeLessThanOrEqual(last?.total ?? 0);
    expect(last?.done).toBeGreaterThan(0.99 * (last?.total ?? 0)); // the model card is not needed and not fetched
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort((a, b) => a - b));
  });

  it('captions pictures and reports a broken one without losing the others', async () => {
    const events: CaptionEvent[] = [];
    const pictures = [await sample('chelsea'), brokenPicture(), await sample('astronaut')];
    const result = await studio.caption(
      { jobId: 'three', pictures, decoding },
      proxy((event) => void events.push(event)),
    );
    expect(result).toMatchObject({ end: 'finished', pictures: 2 });
    expect(course(events, 'chelsea')).toEqual(['looking', 'writing', 'done']);
    expect(course(events, 'broken')).toEqual(['failed']);
    expect(events.find((event) => event.kind === 'failed')).toMatchObject({ error: { code: 'picture-invalid' } });
    expect(firstText(events, 'chelsea')).toMatch(/^A cat\b/);
    expect(firstText(events, 'astronaut')).toMatch(/^A \w+/);
  });

  it('writes the same caption alone as in a batch', async () => {
    const together: CaptionEvent[] = [];
    const alone: CaptionEvent[] = [];
    const pictures = await Promise.all(['coffee', 'rocket', 'camera'].map(sample));
    await studio.caption(
      { jobId: 'together', pictures, decoding },
      proxy((event) => void together.push(event)),
    );
    for (const picture of pictures) {
      await studio.caption(
        { jobId: picture.id, pictures: [picture], decoding },
        proxy((event) => void alone.push(event)),
      );
    }
    for (const { id } of pictures) expect(firstText(together, id)).toBe(firstText(alone, id));
  });

  it('hears the wish to stop between two tokens, and leaves to do what it has not finished', async () => {
    const events: CaptionEvent[] = [];
    const cat = await sample('chelsea');
    // More than can be written before a wish is there that comes late.
    const pictures = Array.from({ length: 200 }, (_, i) => ({ ...cat, id: String(i) }));
    let written = 0;
    const result = await studio.caption(
      { jobId: 'stopped', pictures, decoding: { ...decoding, minNewTokens: 60, maxNewTokens: 60 } },
      proxy((event) => {
        events.push(event);
        if (event.kind === 'writing' && ++written === 2) void studio.cancel('stopped');
      }),
    );
    const ends = pictures.map(({ id }) => course(events, id).at(-1)).filter((end) => end !== undefined);
    expect(result).toMatchObject({ end: 'cancelled', pictures: ends.filter((end) => end === 'done').length });
    expect(ends.length).toBeLessThan(pictures.length);
    expect(ends.filter((end) => end !== 'done')).not.toEqual([]);
  });

  it('shows the prompt with the place of the picture in it', async () => {
    const preview = await studio.previewPrompt({ system: '', prompt: 'What is this?' });
    expect(preview.after).toContain('What is this?');
    expect(preview).toMatchObject({ imageTokens: { least: 49, most: 49 } });
    expect(preview.textTokens).toBeGreaterThan(5);
  });
});

describe('with the embedded model on the GPU', () => {
  it('writes what wasm writes', async () => {
    const texts: (string | undefined)[] = [];
    const picture = await sample('chelsea');
    for (const backend of ['wasm', 'webgpu'] as const) {
      const { defaults, ...summary } = await studio.openModel(
        { source, backend },
        proxy(() => undefined),
      );
      expect(summary.backend).toBe(backend);
      const events: CaptionEvent[] = [];
      const decoding = { ...defaults, maxNewTokens: 3 };
      await studio.caption(
        { jobId: backend, pictures: [picture], decoding },
        proxy((event) => void events.push(event)),
      );
      texts.push(firstText(events, 'chelsea'));
    }
    expect(texts[1]).toMatch(/^A cat\b/);
    expect(texts[1]).toBe(texts[0]);
  }, 240_000); // a software GPU takes seconds for its first run and about one for each token
});
