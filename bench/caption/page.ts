/** @file Captions the sample pictures in the browser, in batches of each size that is asked for, and leaves a row for each at the window. */
import type { CaptionOutcome } from '../../src/engine/caption/captioner.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { openModel } from '../../src/engine/model.ts';
import type { Backend } from '../../workers/api.ts';
import { decodePicture } from '../../workers/decode-picture.ts';
import { openHostedFiles } from '../../workers/model-files.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { captionAll, type SamplePicture } from './caption-all.ts';

const asked = new URLSearchParams(location.search);
const backend: Backend = asked.get('backend') === 'webgpu' ? 'webgpu' : 'wasm';
const repeats = Number(asked.get('repeats') ?? '5');
const batches = (asked.get('batches') ?? '1').split(',').map(Number);

async function fetchSample(name: string): Promise<SamplePicture> {
  const file = await (await fetch(`/samples/${name}`)).blob();
  return { name, load: () => decodePicture(name, file) };
}

const samples = await Promise.all((asked.get('samples') ?? '').split(',').map(fetchSample));
const files = await openHostedFiles(new URL('/bundles/llava-mini/', location.origin), () => undefined);
const model = await openModel(await openWebRuntime(backend), await openBundle(files));
const rows: object[] = [];
Object.assign(window, { rows });
for (const batchSize of batches) {
  const pictures = Array.from({ length: Math.max(repeats, Math.ceil((2 * batchSize) / samples.length)) }, () => samples).flat();
  await captionAll(model, pictures.slice(0, batchSize), batchSize); // warm: shaders of these shapes are made
  const startMs = performance.now();
  const outcomes = await captionAll(model, pictures, batchSize);
  rows.push(rowOf(batchSize, outcomes, performance.now() - startMs));
}
await model.close();
Object.assign(window, { isDone: true });

function rowOf(batchSize: number, outcomes: readonly CaptionOutcome[], elapsedMs: number): object {
  const sum = (of: (outcome: CaptionOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const tokens = sum(({ captions }) => captions[0]?.ids.length ?? 0);
  return {
    batchSize,
    perMinute: Math.round((outcomes.length / elapsedMs) * 60_000),
    visionMs: sum(({ visionMs }) => visionMs) / outcomes.length,
    prefillMs: sum(({ prefillMs }) => prefillMs) / outcomes.length,
    tokensPerSecond: (tokens / sum(({ decodeMs }) => decodeMs)) * 1000,
    captions: outcomes.slice(0, samples.length).map(({ captions }) => captions[0]?.text ?? ''),
  };
}
