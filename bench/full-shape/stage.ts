/** @file One stage of the proof in a process of its own, so that its peak of memory is its own; prints what it came to as JSON. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { folderFiles, folderSink } from '../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import { progressLine } from '../../src/cli/progress.ts';
import { present, StudioError } from '../../src/core/error.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { captionPictures, type CaptionOutcome } from '../../src/engine/caption/captioner.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import { openModel } from '../../src/engine/model.ts';
import { compareFirstLayer } from './compare.ts';
import type { FullShape } from './shape.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

/** What all stages are told. */
interface StageOptions extends FullShape {
  readonly folder: string;
  readonly picture: string;
  readonly positions: number;
}

const newTokens = 4;
const prompt = 'Describe this picture.';

const [stage = '', json = '{}'] = process.argv.slice(2);
const options = JSON.parse(json) as StageOptions;
const checkpoint = join(options.folder, 'checkpoint');
const bundle = join(options.folder, 'bundle');

const startMs = performance.now();
const facts = await runStage();
const elapsedMs = performance.now() - startMs;
process.stdout.write(JSON.stringify({ elapsedMs, peakBytes: process.resourceUsage().maxRSS * 1024, ...facts }));

async function runStage(): Promise<Readonly<Record<string, unknown>>> {
  switch (stage) {
    case 'write':
      return { bytes: await withProgress((onBytes) => writeCheckpoint(checkpoint, options, onBytes)) };
    case 'convert':
      return withProgress(convert);
    case 'caption':
      return caption();
    case 'compare':
      return { ...(await compareFirstLayer({ checkpoint, bundle, picture: await readPicture(), prompt, positions: options.positions })) };
    default:
      throw new StudioError('argument-invalid', `${stage}: there is no such stage`);
  }
}

async function withProgress<T>(work: (onBytes: (done: number, total: number) => void) => Promise<T>): Promise<T> {
  const line = progressLine();
  const result = await work((done, total) => {
    line.update(`${stage}, MB`, Math.round(done / 1e6), Math.round(total / 1e6));
  });
  line.clear();
  return result;
}

async function convert(onProgress: (done: number, total: number) => void): Promise<{ bytes: number; tensors: number }> {
  const manifest = await convertCheckpoint(folderFiles(checkpoint), folderSink(bundle), {
    precision: 'q4',
    name: 'full-shape',
    source: 'made up by bench/full-shape',
    licence: 'cc0-1.0',
    onProgress,
  });
  return { bytes: manifest.shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), tensors: manifest.tensors.length };
}

async function caption(): Promise<Readonly<Record<string, unknown>>> {
  const openingMs = performance.now();
  const model = await openModel(openNodeRuntime(), await openBundle(folderFiles(bundle)), { policy: 'stored' });
  const openedMs = performance.now() - openingMs;
  const outcomes: CaptionOutcome[] = [];
  await captionPictures(
    model,
    [{ id: options.picture, load: readPicture, system: '', prompt }],
    { decoding: { ...model.defaults, maxNewTokens: newTokens, minNewTokens: newTokens }, batchSize: 1 },
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
  const bytes = model.runtime.weightBytes();
  await model.close();
  const { captions, visionMs, prefillMs, decodeMs } = present(outcomes[0], 'the picture was not captioned');
  return { bytes, openedMs, visionMs, prefillMs, decodeMs, tokens: captions[0]?.ids.length ?? 0, caption: captions[0]?.text ?? '' };
}

async function readPicture(): ReturnType<typeof decodePicture> {
  return decodePicture(options.picture, await readFile(options.picture));
}
