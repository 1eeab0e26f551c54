/** @file A tiny model, pictures by chance and places to keep things, for tests of training. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNodeModel } from '../../../src/cli/open-model.ts';
import { pictureFromRgb, type Picture } from '../../../src/core/image/picture.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import type { TrainEvent } from '../../../src/engine/train/events.ts';
import type { MethodOptions, TrainOptions } from '../../../src/engine/train/options.ts';
import { recipeOptions } from '../../../src/engine/train/recipes.ts';
import type { ByteStore, TrainPicture, TrainRequest } from '../../../src/engine/train/request.ts';
import { writeTinyCheckpoint } from '../../cli/tiny-checkpoint.ts';

/** Opens a model of two layers; `close` removes its files as well. */
export async function openTinyModel(): Promise<{ readonly model: OpenModel; readonly close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-run-'));
  writeTinyCheckpoint(folder);
  const model = await openNodeModel(folder);
  return {
    model,
    close: async () => {
      await model.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A picture of one colour and a little noise. */
export function tinyPicture(seed: number): Picture {
  const random = makeRandom(seed);
  const colour = [random.nextUint32() & 255, random.nextUint32() & 255, random.nextUint32() & 255];
  return pictureFromRgb(
    40,
    30,
    Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => ((colour[i % 3] ?? 0) + (random.nextUint32() & 7)) & 255),
  );
}

/** Pictures with two or three short captions each. */
export function tinyPictures(count: number, firstSeed = 1): readonly TrainPicture[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    return {
      id: `${String(seed)}.png`,
      captions: ['a dog', 'the red ball on a mat', 'a cat sits'].slice(0, 2 + (seed % 2)),
      contentHash: () => Promise.resolve(createHash('sha256').update(tinyPicture(seed).data).digest('hex')),
      load: () => Promise.resolve(tinyPicture(seed)),
    };
  });
}

/** Options that take a few steps of two batches. */
export function tinyOptions(method: MethodOptions, changes: Partial<TrainOptions> = {}): TrainOptions {
  const ours = recipeOptions('ours', method);
  return {
    ...ours,
    prompt: { system: '', prompt: 'what is it?' },
    length: { steps: 6 },
    batchPictures: 2,
    captionsPerPicture: 2,
    validation: { timesPerEpoch: 2, scoredPictures: 0, maxNewTokens: 8, patience: null },
    ...changes,
  };
}

/** A store in memory. */
export function memoryStore(): ByteStore & { readonly names: () => readonly string[] } {
  const files = new Map<string, Uint8Array>();
  return {
    names: () => [...files.keys()],
    read: (name) => Promise.resolve(files.get(name) ?? null),
    write: (name, bytes) => {
      files.set(name, bytes.slice());
      return Promise.resolve();
    },
    remove: (name) => {
      files.delete(name);
      return Promise.resolve();
    },
  };
}

/** A request on tiny data, and what it told. */
export function tinyRequest(
  model: OpenModel,
  options: TrainOptions,
  changes: Partial<TrainRequest> = {},
): { readonly request: TrainRequest; readonly events: TrainEvent[] } {
  const events: TrainEvent[] = [];
  const request: TrainRequest = {
    model,
    options,
    pictures: tinyPictures(8),
    validation: [],
    features: null,
    checkpoints: null,
    resumes: false,
    onEvent: (event) => events.push(event),
    ...changes,
  };
  return { request, events };
}

/** The losses of the steps that were told. */
export function lossesOf(events: readonly TrainEvent[]): readonly number[] {
  return events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
}
