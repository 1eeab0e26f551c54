/** @file Who works on which model: one tab at a time, called off from any of them. */

import { StudioError } from '../src/core/error.ts';
import { loadLock, modelLock, modelsChannel } from '../src/storage/model-record.ts';
import type { LoadEnd, ModelNews } from './models-api.ts';

/** The ways to call off what is being done with a model. */
export interface Calls {
  /** Ends it after the part that is being fetched. */
  readonly pause: AbortController;
  /** Ends it at once. */
  readonly stop: AbortController;
}

/** A way to call off. */
export type Wish = Extract<ModelNews, { kind: 'wish' }>['wish'];

/** The turns of this tab among all tabs. */
export interface Turns {
  /** Tells the other tabs. */
  readonly tell: (news: ModelNews) => void;
  /** Calls off what is done with a model, in whichever tab. */
  readonly wish: (modelId: string, wish: Wish) => void;
  /** Does work on one model while no other tab can; `elsewhere` where one does. Errors that are no answer to a call are given to `onTrouble`. */
  readonly alone: (modelId: string, calls: Calls, work: () => Promise<void>) => Promise<LoadEnd>;
  /** Waits for one's turn: two loads at once would only share the same line and disk. */
  readonly inTurn: (calls: Calls, work: () => Promise<void>) => Promise<void>;
}

/** Makes calls that nobody has made yet. */
export function newCalls(): Calls {
  return { pause: new AbortController(), stop: new AbortController() };
}

/** Opens the turns. @param onTrouble is told why work on a model ended, before its caller is */
export function openTurns(onTrouble: (modelId: string, error: unknown) => Promise<void>): Turns {
  const channel = new BroadcastChannel(modelsChannel);
  const running = new Map<string, Calls>();
  const tell = (news: ModelNews): void => channel.postMessage(news);
  const wishHere = (modelId: string, wish: Wish): void => {
    running.get(modelId)?.[wish === 'pause' ? 'pause' : 'stop'].abort();
  };
  channel.onmessage = ({ data }: MessageEvent<ModelNews>) => {
    if (data.kind === 'wish') wishHere(data.modelId, data.wish);
  };
  return {
    tell,
    wish: (modelId, wish) => {
      wishHere(modelId, wish);
      tell({ kind: 'wish', modelId, wish });
    },
    alone: async (modelId, calls, work) => {
      try {
        return await navigator.locks.request(modelLock(modelId), { ifAvailable: true }, async (lock): Promise<LoadEnd> => {
          if (!lock) return 'elsewhere';
          running.set(modelId, calls);
          try {
            await work();
            return 'whole';
          } catch (error) {
            const end = endOf(error, calls);
            if (end === null) await onTrouble(modelId, error);
            tell({ kind: 'changed' });
            if (end === null) throw error;
            return end;
          }
        });
      } finally {
        if (running.get(modelId) === calls) running.delete(modelId);
        tell({ kind: 'changed' });
      }
    },
    inTurn: (calls, work) => navigator.locks.request(loadLock, { signal: AbortSignal.any([calls.pause.signal, calls.stop.signal]) }, work),
  };
}

/** A pause or a cancel is an answer, anything else an error. */
function endOf(error: unknown, { pause, stop }: Calls): 'paused' | 'cancelled' | null {
  if (stop.signal.aborted) return 'cancelled';
  const isCalledOff =
    (error instanceof StudioError && error.code === 'cancelled') || (error instanceof DOMException && error.name === 'AbortError');
  return isCalledOff && pause.signal.aborted ? 'paused' : null;
}
