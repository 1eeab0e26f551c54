/** @file The door to the scoring thread, opened when the room for it is first used. */

import { proxy, wrap } from 'comlink';
import type {
  CaptionExplanation,
  EvaluateProgress,
  EvaluateRequest,
  EvaluateResult,
  ExplainRequest,
  FrequencyRequest,
  ReadFile,
  ScoresApi,
} from '../../workers/scores-api.ts';
import { installErrorWire } from '../../workers/wire.ts';
import type { DocumentFrequencyTable } from '../core/metric/document-frequency.ts';
import { StudioError } from '../core/error.ts';
import { untilStopped } from './until-stopped.ts';

/** What the screen can ask of the scoring thread. */
export interface Scores {
  /** @throws {StudioError} 'file-invalid', naming the line; 'cancelled' at once after the signal; 'argument-invalid' where a file is too large for the page */
  readFile(request: { name: string; file: Blob }, stop: AbortSignal, onProgress: (share: number) => void): Promise<ReadFile>;
  /** @throws {StudioError} 'cancelled' after the signal; 'argument-invalid' when files do not go together; 'network' */
  evaluate(
    request: Omit<EvaluateRequest, 'jobId'>,
    stop: AbortSignal,
    onProgress: (progress: EvaluateProgress) => void,
  ): Promise<EvaluateResult>;
  explain(request: ExplainRequest): Promise<readonly CaptionExplanation[]>;
  countFrequencies(request: FrequencyRequest): Promise<DocumentFrequencyTable>;
}

/** Starts the scoring thread. */
export function startScores(): Scores {
  installErrorWire();
  // The thread's name tells it where the page's data lies: its own script may be anywhere below.
  const name = new URL('metrics/', document.baseURI).href;
  const worker = new Worker(new URL('../../workers/scores.worker.ts', import.meta.url), { type: 'module', name });
  const failure = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      const reason = event.message === '' ? 'its code could not be loaded' : event.message;
      reject(new StudioError('internal', `scores: the scoring thread failed (${reason}); reload the page`));
    });
  });
  failure.catch(() => undefined); // whoever asks hears of it
  return openScores(wrap<ScoresApi>(worker), failure);
}

/** Opens the door to a thread. */
export function openScores(api: ScoresApi, failure: Promise<never>): Scores {
  let asked = '';
  const explain = async (request: ExplainRequest): Promise<readonly CaptionExplanation[]> => {
    const isKnown = asked === request.setKey;
    asked = request.setKey;
    try {
      return await Promise.race([api.explain(isKnown ? { ...request, ...unsent } : request), failure]);
    } catch (error) {
      asked = '';
      if (isKnown) return explain(request);
      throw error;
    }
  };
  return {
    explain,
    readFile: (request, stop, onProgress) =>
      asJob(api, stop, async (jobId) => {
        // Making sense of a text is one step, which hears of no wish before its end; whoever stopped it is not to wait for that.
        const read = await untilStopped(Promise.race([api.readFile({ jobId, ...request }, proxy(onProgress)), failure]), stop);
        if (read === undefined) throw new StudioError('cancelled', 'reading: stopped');
        return read;
      }),
    countFrequencies: (request) => Promise.race([api.countFrequencies(request), failure]),
    evaluate: (request, stop, onProgress) =>
      asJob(api, stop, (jobId) => Promise.race([api.evaluate({ jobId, ...request }, proxy(onProgress)), failure])),
  };
}

/** The references of a large set are not copied again for each list of pictures: the thread has them. */
const unsent = { files: [], references: [], objects: null, frequencies: null };

async function asJob<T>(api: ScoresApi, stop: AbortSignal, work: (jobId: string) => Promise<T>): Promise<T> {
  const jobId = crypto.randomUUID();
  const cancel = (): void => void api.cancel(jobId);
  stop.addEventListener('abort', cancel);
  try {
    return await work(jobId);
  } finally {
    stop.removeEventListener('abort', cancel);
  }
}
