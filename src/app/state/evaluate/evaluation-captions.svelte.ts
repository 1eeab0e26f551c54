/** @file Captions that systems of the Evaluate room still lack: written through a queue of its own. */

import type { RecordStore } from '../../../storage/records.ts';
import type { Studio } from '../../studio.ts';
import type { CaptionSource } from './evaluation-record.ts';
import type { FoundPicture } from './evaluation-pictures.svelte.ts';
import type { Model } from '../models/model.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { QueueParts } from '../queue/queue-parts.ts';
import { Queue } from '../queue/queue.svelte.ts';
import { SystemCaptions, type CaptionWish, type WrittenCaption } from '../compare/system-captions.svelte.ts';

/** A picture that a system is to caption, under the name that the references give it. */
export interface WantedCaption {
  readonly system: CaptionSource;
  readonly file: string;
  readonly picture: FoundPicture;
}

/** What the captions stand on. */
export interface CaptionsParts {
  readonly studio: Studio;
  readonly model: Model;
  readonly notices: Notices;
  readonly records: RecordStore<WrittenCaption>;
  readonly actsFor: QueueParts['actsFor'];
  /** Puts a style on; absent where there are none. */
  readonly wear?: QueueParts['wear'];
  /** The queue of the Caption room, which goes first. */
  readonly first?: QueueParts['first'];
}

/** Captions by system and picture, with the queue that writes them. */
export class EvaluationCaptions {
  readonly queue: Queue;
  readonly #captions: SystemCaptions;

  constructor({ studio, model, notices, records, actsFor, wear, first }: CaptionsParts) {
    this.#captions = new SystemCaptions({ notices, records });
    // Whether to go on after a reload is asked in the room, by a button.
    const memory = { now: { wasRunning: false }, change: () => undefined };
    this.queue = new Queue({
      studio,
      model,
      notices,
      actsFor,
      library: this.#captions,
      settings: memory,
      ...(wear && { wear }),
      ...(first && { first }),
    });
  }

  /** Brings back what was kept; captions of systems that are gone are forgotten. */
  load(isKept: (systemId: string) => boolean): Promise<void> {
    return this.#captions.load(isKept);
  }

  /** A system's captions by picture, those that failed among them. */
  of(systemId: string): ReadonlyMap<string, WrittenCaption> {
    return this.#captions.of(systemId);
  }

  /** Writes captions; resolves when all are there or failed, or when it was halted, and tells whether nothing is left. */
  async write(wanted: readonly WantedCaption[]): Promise<boolean> {
    this.queue.clear();
    await this.queue.settled();
    this.#captions.dismiss();
    this.queue.add(this.#captions.enter(wanted.map(toWish)));
    await this.queue.settled();
    return this.queue.left === 0;
  }

  /** Writes no more captions of a system; those that are written stay. */
  drop(systemId: string): void {
    this.queue.drop(this.#captions.cardsOf(systemId));
  }

  /** Forgets what failed of a system, so that the next run tries it again. */
  forgetFailures(systemId: string): Promise<void> {
    return this.#captions.forget(systemId, ({ error }) => error !== null);
  }
}

function toWish({ system, file, picture }: WantedCaption): CaptionWish {
  const recipe = system.plan?.recipe ?? { label: '', prompt: '', system: null, changes: {} };
  return { systemId: system.id, file, recipe, name: picture.file, open: () => picture.open() };
}
