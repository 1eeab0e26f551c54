/** @file Captions the pictures of a folder several times in batches of one size, and prints what it took as JSON. */
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { openNodeModel } from '../../src/cli/open-model.ts';
import { findPictures } from '../../src/cli/caption/picture-inputs.ts';
import type { CaptionOutcome } from '../../src/engine/caption/captioner.ts';
import { captionAll } from './caption-all.ts';

const [folder = 'public/samples', batch = '8', repeats = '5'] = process.argv.slice(2);
const model = await openNodeModel(undefined);
const pictures = await findPictures([folder]);

const samples = pictures.map((input) => ({ name: input.file, load: async () => decodePicture(input.file, await input.read()) }));
const batchSize = Number(batch);

await captionAll(model, samples, batchSize); // warm
const startMs = performance.now();
const outcomes = await captionAll(model, Array.from({ length: Number(repeats) }, () => samples).flat(), batchSize);
const elapsedMs = performance.now() - startMs;
await model.close();

const sum = (of: (outcome: CaptionOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const tokens = sum(({ captions }) => captions[0]?.ids.length ?? 0);
console.log(
  JSON.stringify({
    perMinute: Math.round((outcomes.length / elapsedMs) * 60_000),
    visionMs: round(sum(({ visionMs }) => visionMs) / outcomes.length),
    prefillMs: round(sum(({ prefillMs }) => prefillMs) / outcomes.length),
    tokensPerSecond: Math.round((tokens / sum(({ decodeMs }) => decodeMs)) * 1000),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
  }),
);

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
