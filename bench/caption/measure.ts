/** @file Captions the pictures of a folder several times in batches of one size, and prints what it took as JSON. */
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { openNodeModel } from '../../src/cli/open-model.ts';
import { findPictures } from '../../src/cli/caption/picture-inputs.ts';
import { promptPresets } from '../../src/cli/caption/caption-flags.ts';
import { captionPictures, type CaptionOutcome } from '../../src/engine/caption/captioner.ts';

const [folder = 'public/samples', batch = '8', repeats = '5'] = process.argv.slice(2);
const model = await openNodeModel(undefined);
const pictures = await findPictures([folder]);

async function captionAll(times: number): Promise<readonly CaptionOutcome[]> {
  const outcomes: CaptionOutcome[] = [];
  const requests = Array.from({ length: times }, () => pictures)
    .flat()
    .map((input, i) => ({
      id: String(i),
      system: '',
      prompt: promptPresets['one'] ?? '',
      load: async () => decodePicture(input.file, await input.read()),
    }));
  await captionPictures(
    model,
    requests,
    { decoding: model.defaults, batchSize: Number(batch) },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      onDone: (_, outcome) => outcomes.push(outcome),
      onFailed: (_, error) => {
        throw error;
      },
      isCancelled: () => false,
    },
  );
  return outcomes;
}

await captionAll(1); // warm
const startMs = performance.now();
const outcomes = await captionAll(Number(repeats));
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
