/** @file Captions that systems of the Evaluate room still lack: written through a captioning queue, kept one by one, gone on with later. */

import type { ErrorReport } from '../../../workers/api.ts';
import type { RecordStore } from '../../storage/records.ts';
import type { Studio } from '../studio.ts';
import { Card } from './card.svelte.ts';
import type { CardRecord } from './card-record.ts';
import type { CaptionSource } from './evaluation-record.ts';
import type { FoundPicture } from './evaluation-pictures.svelte.ts';
import type { Model } from './model.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import type { CardShelf } from './job.ts';
import { Queue, type QueueParts } from './queue.svelte.ts';

/** A caption that was written for a system, or why there is none; plain data. */
export interface WrittenCaption {
  readonly systemId: string;
  /** As the references name the picture. */
  readonly file: string;
  /** null where it failed. */
  readonly text: string | null;
  readonly error: ErrorReport | null;
  /** The whole text as the model read it. */
  readonly exactPrompt: string;
}

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
}

/** Captions by system and picture. */
export class EvaluationCaptions {
  /** Grows with each caption; what is shown of them looks at it to be told of changes. */
  round = $state(0);
  readonly queue: Queue;
  readonly #parts: CaptionsParts;
  readonly #written = new Map<string, Map<string, WrittenCaption>>();
  readonly #wanted = new Map<string, { readonly card: Card; readonly want: WantedCaption }>();
  #nextOrder = 1;

  constructor(parts: CaptionsParts) {
    this.#parts = parts;
    const { studio, model, notices, actsFor, wear } = parts;
    const shelf: CardShelf = {
      find: (id) => this.#wanted.get(id)?.card,
      read: (card) => this.#open(card),
      save: (card) => this.#take(card),
    };
    // Whether to go on after a reload is asked in the room, by a button.
    const memory = { now: { wasRunning: false }, change: () => undefined };
    this.queue = new Queue({ studio, model, notices, actsFor, library: shelf, settings: memory, ...(wear && { wear }) });
  }

  /** Brings back what was kept; captions of systems that are gone are forgotten. */
  async load(isKept: (systemId: string) => boolean): Promise<void> {
    const gone: string[] = [];
    for (const written of await this.#parts.records.loadAll()) {
      if (isKept(written.systemId)) this.#put(written);
      else gone.push(keyOf(written.systemId, written.file));
    }
    this.round += 1;
    await this.#parts.records.remove(gone);
  }

  /** A system's captions by picture, those that failed among them. */
  of(systemId: string): ReadonlyMap<string, WrittenCaption> {
    // The look at the round is what makes a view that shows this follow changes.
    const written = this.round < 0 ? undefined : this.#written.get(systemId);
    return written ?? new Map<string, WrittenCaption>();
  }

  /** Writes captions; resolves when all are there or failed, or when it was halted, and tells whether nothing is left. */
  async write(wanted: readonly WantedCaption[]): Promise<boolean> {
    this.queue.clear();
    await this.queue.settled();
    this.#wanted.clear();
    for (const want of wanted) {
      const id = keyOf(want.system.id, want.file);
      this.#wanted.set(id, { want, card: new Card(newRecord(id, this.#nextOrder++, want)) });
    }
    this.queue.add([...this.#wanted.values()].map(({ card }) => card));
    await this.queue.settled();
    return this.queue.left === 0;
  }

  /** Forgets what failed of a system, so that the next run tries it again. */
  async forgetFailures(systemId: string): Promise<void> {
    const failed = [...this.of(systemId).values()].filter(({ error }) => error !== null);
    for (const { file } of failed) this.#written.get(systemId)?.delete(file);
    this.round += 1;
    await this.#parts.records.remove(failed.map(({ file }) => keyOf(systemId, file)));
  }

  #open(card: Card): Promise<File> {
    const { picture } = this.#wanted.get(card.id)?.want ?? {};
    return picture === undefined ? Promise.reject(new DOMException('gone', 'NotFoundError')) : picture.open();
  }

  /** The queue tells of each change of a card; the last one is what counts. */
  #take(card: Card): void {
    const want = this.#wanted.get(card.id)?.want;
    if (want === undefined || card.isQueued || (card.state !== 'done' && card.state !== 'failed')) return;
    const { text, error, report } = card;
    const written: WrittenCaption = {
      systemId: want.system.id,
      file: want.file,
      text: error === undefined ? text : null,
      error: error ?? null,
      exactPrompt: report?.exactPrompt ?? '',
    };
    this.#put(written);
    this.round += 1;
    void this.#parts.records.save(card.id, written).catch((reason: unknown) => this.#parts.notices.tell(reason));
  }

  #put(written: WrittenCaption): void {
    const bySystem = this.#written.get(written.systemId) ?? new Map<string, WrittenCaption>();
    this.#written.set(written.systemId, bySystem.set(written.file, written));
  }
}

function keyOf(systemId: string, file: string): string {
  return `${systemId} ${file}`;
}

function newRecord(id: string, order: number, { system, picture }: WantedCaption): CardRecord {
  return {
    id,
    order,
    name: picture.file,
    sizeBytes: 0,
    source: undefined,
    size: undefined,
    state: 'waiting',
    isQueued: false,
    text: '',
    isEdited: false,
    report: undefined,
    recipe: system.plan?.recipe ?? { label: '', prompt: '', system: null, changes: {} },
    error: undefined,
  };
}
