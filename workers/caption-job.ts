/** @file One job of captions: pictures in, events out. */

import { StudioError } from '../src/core/error.ts';
import { watchAdapter, type AdapterWatch } from '../src/engine/adapter/watch.ts';
import { chooseBatchSize } from '../src/engine/caption/batch-size.ts';
import { captionPictures, type CaptionOutcome } from '../src/engine/caption/captioner.ts';
import type { OpenModel } from '../src/engine/model.ts';
import type { CaptionEvent, CaptionJobResult, DecodingOptions, PictureRequest } from './api.ts';
import { decodePicture } from './decode-picture.ts';
import type { Job } from './jobs.ts';
import { tellInOrder } from './last-taken.ts';

/** What a job is asked for. */
export interface CaptionJobRequest {
  readonly pictures: readonly PictureRequest[];
  readonly decoding: DecodingOptions;
}

/** What comes of a job that was cancelled before its first picture. */
export const notBegun: CaptionJobResult = { end: 'cancelled', pictures: 0, tokens: 0, elapsedMs: 0 };

/** Laying a style out that takes less says nothing of itself. @unit ms */
const shortMs = 300;

/** Puts a job's style on, which takes long where it is as large as a model: it tells how far that is, and hears of a wish to stop. @returns null where it was stopped */
export async function wearForJob(
  wear: (watch: AdapterWatch) => Promise<OpenModel>,
  job: Job,
  onEvent: (event: CaptionEvent) => unknown,
): Promise<OpenModel | null> {
  const startMs = performance.now();
  const { tell, taken } = tellInOrder(onEvent);
  const watch = watchAdapter('the style', {
    onProgress: ({ done, total }) => {
      if (performance.now() - startMs > shortMs) tell({ kind: 'laying out', done, total });
    },
    isStopped: job.isCancelled,
    breathe: () => new Promise((resolve) => setTimeout(resolve)),
  });
  try {
    return await wear(watch);
  } catch (error) {
    if (error instanceof StudioError && error.code === 'cancelled') return null;
    throw error;
  } finally {
    await taken();
  }
}

/**
 * Runs a job on an open model; ends when the last event was taken, or says why not.
 *
 * @param onEvent takes an event; what it gives back is awaited at the end
 */
export async function runCaptionJob(
  model: OpenModel,
  request: CaptionJobRequest,
  job: Job,
  onEvent: (event: CaptionEvent) => unknown,
): Promise<CaptionJobResult> {
  const { tell, taken } = tellInOrder(onEvent);
  const startMs = performance.now();
  const startOf = new Map<string, number>();
  let pictures = 0;
  let tokens = 0;
  const requests = request.pictures.map(({ id, name, file, prompt }) => ({
    id,
    system: prompt.system,
    prompt: prompt.prompt,
    load: () => decodePicture(name, file),
  }));
  try {
    await captionPictures(
      model,
      requests,
      { decoding: request.decoding, batchSize: chooseBatchSize(model, model.runtime.backend, request.decoding) },
      {
        onLooking: (id) => {
          startOf.set(id, performance.now());
          tell({ kind: 'looking', id });
        },
        onText: (id, text) => {
          tell({ kind: 'writing', id, text });
        },
        onDone: (id, outcome) => {
          pictures += 1;
          tokens += outcome.captions.reduce((sum, caption) => sum + caption.ids.length, 0);
          tell(doneEvent(id, outcome, performance.now() - (startOf.get(id) ?? startMs)));
        },
        onFailed: (id, error: StudioError) => {
          tell({ kind: 'failed', id, error: { code: error.code, message: error.message } });
        },
        isCancelled: job.isCancelled,
        isPaused: job.isPaused,
      },
    );
  } finally {
    await taken();
  }
  const end = job.isCancelled() || job.isPaused() ? 'cancelled' : 'finished';
  return { end, pictures, tokens, elapsedMs: performance.now() - startMs };
}

function doneEvent(id: string, outcome: CaptionOutcome, totalMs: number): CaptionEvent {
  const { decodePictureMs, visionMs, prefillMs, decodeMs, exactPrompt, width, height } = outcome;
  const captions = outcome.captions.map(({ text, ids, logProbability, stoppedBy }) => ({
    text,
    tokenCount: ids.length,
    logProbability,
    stoppedBy,
  }));
  return {
    kind: 'done',
    id,
    captions,
    exactPrompt,
    width,
    height,
    timings: { decodePictureMs, visionMs, prefillMs, decodeMs, totalMs: decodePictureMs + totalMs },
  };
}
