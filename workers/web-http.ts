/** @file Fetching in a worker: called off by signals, and given up where a connection falls silent. */

import { StudioError } from '../src/core/error.ts';
import type { Http, HttpAnswer } from '../src/engine/load/http.ts';

/** How fetching is called off. */
export interface HttpSignals {
  /** Ends waits between tries; what is being fetched still comes. */
  readonly pause: AbortSignal;
  /** Ends everything at once. */
  readonly stop: AbortSignal;
}

/** A connection that brings nothing for so long is taken as broken. */
const silenceMs = 45_000;

/** Opens the web for one load. */
export function webHttp({ pause, stop }: HttpSignals): Http {
  return {
    get: async (address, headers) => {
      const silence = new AbortController();
      const answerTimer = setTimeout(() => silence.abort(), silenceMs);
      try {
        const response = await fetch(address, {
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

function toAnswer(address: string, response: Response, signals: { stop: AbortSignal; silence: AbortController }): HttpAnswer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    body: readPieces(address, response, signals),
  };
}

async function* readPieces(
  address: string,
  { body }: Response,
  { stop, silence }: { stop: AbortSignal; silence: AbortController },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const timer = setTimeout(() => silence.abort(), silenceMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
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
