/** @file Fetching as workers and Node do it alike: called off by signals, and given up where a connection falls silent. */

import { StudioError } from '../../core/error.ts';
import type { Http, HttpAnswer } from './http.ts';

/** An answer as every host's `fetch` gives it, as far as it is used here. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(options?: undefined): PieceReader } | null;
}

interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array<ArrayBuffer> | undefined }>;
  cancel(): Promise<void>;
}

/** How a file is asked for. */
export interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly cache: 'no-store';
  readonly credentials: 'omit';
}

/** The host's way to fetch, and how it is called off. */
export interface WebHost {
  readonly mayBe: string;
  readonly fetch: (address: string, options: FetchOptions) => Promise<FetchAnswer>;
  /** Ends waits between tries; what is being fetched still comes. */
  readonly pause: AbortSignal;
  /** Ends everything at once. */
  readonly stop: AbortSignal;
}

/** A connection that brings nothing for so long is taken as broken. */
const silenceMs = 45_000;

/** Opens the web for one load. */
export function webHttp({ fetch: fetchFile, mayBe, pause, stop }: WebHost): Http {
  return {
    mayBe,
    get: async (address, headers) => {
      const silence = new AbortController();
      const answerTimer = setTimeout(() => silence.abort(), silenceMs);
      try {
        const response = await fetchFile(address, {
          headers,
          signal: AbortSignal.any([stop, silence.signal]),
          // Weights go to our own files: a copy in the browser's cache would take the space twice.
          cache: 'no-store',
          credentials: 'omit',
        });
        return toAnswer(address, response, { stop, silence });
      } catch (cause) {
        throw stop.aborted ? called(address) : cause;
      } finally {
        clearTimeout(answerTimer);
      }
    },
    wait: (ms) =>
      new Promise((resolve, reject) => {
        const ends = AbortSignal.any([pause, stop]);
        if (ends.aborted) {
          reject(called('waiting'));
          return;
        }
        const timer = setTimeout(resolve, ms);
        ends.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(called('waiting'));
        });
      }),
  };
}

function toAnswer(address: string, response: FetchAnswer, signals: { stop: AbortSignal; silence: AbortController }): HttpAnswer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    body: readPieces(address, response, signals),
  };
}

async function* readPieces(
  address: string,
  { body }: FetchAnswer,
  { stop, silence }: { stop: AbortSignal; silence: AbortController },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const timer = setTimeout(() => silence.abort(), silenceMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done || value === undefined) return;
      yield value;
    }
  } catch (cause) {
    throw stop.aborted ? called(address) : cause;
  } finally {
    await reader.cancel().catch(() => undefined); // a reader that left early lets the connection go
  }
}

function called(place: string): StudioError {
  return new StudioError('cancelled', `${place}: called off`);
}
