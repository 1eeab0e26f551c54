/** @file Captions by system and picture: written through a captioning queue, kept one by one, gone on with later. */

import type { ErrorReport } from '../../../../workers/api.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { ChangedIds } from '../../../storage/watched-records.ts';
import { Card } from '../cards/card.svelte.ts';
import type { CardRecord } from '../cards/card-record.ts';
import type { CardShelf } from '../queue/job.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Recipe } from '../queue/recipe.ts';

/** A caption that was written for a system, or why there is none; plain data. */
export interface WrittenCaption {
  readonly systemId: string;
  /** The picture, as whoever asked for the caption names it. */
  readonly file: string;
  /** null where it failed. */
  readonly text: string | null;
  readonly error: ErrorReport | null;
  /** The whole text as the model read it; '' where it is not known. */
  readonly exactPrompt: string;
}

/** A caption that is to be written. */
export interface CaptionWish {
  readonly systemId: string;
  readonly file: string;
  readonly recipe: Recipe;
  /** The picture's own name, for messages. */
  readonly name: string;
  /** @throws {StudioError} 'permission' or 'file-missing' */
  open(): Promise<File>;
}

/** What the captions stand on. */
export interface SystemCaptionsParts {
  readonly notices: Notices;
  readonly records: RecordStore<WrittenCaption>;
  /** Hears whether captions are still to be written, each time that this changes. */
  readonly onWaiting?: (isWaiting: boolean) => void;
}

/** Captions by system and picture. Its cards stand for captions that are to be written; a queue takes them for pictures. */
export class SystemCaptions implements CardShelf {
  /** Grows with each caption; what is shown of them looks at it to be told of changes. */
  round = $state(0);
  readonly #parts: SystemCaptionsParts;
  readonly #written = new Map<string, Map<string, WrittenCaption>>();
  readonly #wanted = new Map<string, { readonly card: Card; readonly wish: CaptionWish }>();
  #nextOrder = 1;

  constructor(parts: SystemCaptionsParts) {
    this.#parts = parts;
  }

  /** Brings back what was kept; captions of systems that are gone are forgotten. */
  async load(isKept: (systemId: string) => boolean): Promise<void> {
    const gone: string[] = [];
    for (const written of await this.#parts.records.loadAll()) {
      if (isKept(written.systemId)) this.#put(written);
      else gone.push(keyOf(written));
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

  /** How many captions are still to be written. */
  get waitingCount(): number {
    return this.round < 0 ? 0 : this.#wanted.size;
  }

  /** The card that stands for a caption which is to be written; undefined where none is. */
  waiting(systemId: string, file: string): Card | undefined {
    return this.round < 0 ? undefined : this.#wanted.get(keyOf({ systemId, file }))?.card;
  }

  /** Takes wishes in and gives a card for each, to be put into a queue; one that waits already keeps its place. */
  enter(wishes: readonly CaptionWish[]): readonly Card[] {
    const wasEmpty = this.#wanted.size === 0;
    const fresh = wishes.filter((wish) => !this.#wanted.has(keyOf(wish)));
    for (const wish of fresh) this.#wanted.set(keyOf(wish), { wish, card: new Card(newRecord(this.#nextOrder++, wish)) });
    if (wasEmpty && fresh.length > 0) this.#parts.onWaiting?.(true);
    this.round += 1;
    return fresh.flatMap((wish) => this.#wanted.get(keyOf(wish))?.card ?? []);
  }

  /** The cards that wait for captions of a system. */
  cardsOf(systemId: string): readonly Card[] {
    return [...this.#wanted.values()].filter(({ wish }) => wish.systemId === systemId).map(({ card }) => card);
  }

  /** Forgets all wishes. */
  dismiss(): void {
    if (this.#wanted.size === 0) return;
    this.#wanted.clear();
    this.#parts.onWaiting?.(false);
    this.round += 1;
  }

  /** Keeps captions that were written elsewhere. */
  async keep(captions: readonly WrittenCaption[]): Promise<void> {
    if (captions.length === 0) return;
    for (const written of captions) this.#put(written);
    this.round += 1;
    await this.#parts.records.saveMany(captions.map((written) => [keyOf(written), written]));
  }

  /** Takes over what another tab wrote and forgot. */
  async hear({ changed, removed }: ChangedIds): Promise<void> {
    for (const written of await Promise.all(changed.map((id) => this.#parts.records.load(id))))
      if (written !== undefined) this.#put(written);
    for (const id of removed) {
      const [systemId = ''] = id.split(' ', 1);
      this.#written.get(systemId)?.delete(id.slice(systemId.length + 1));
    }
    this.round += 1;
  }

  /** Forgets captions of a system, so that the next run writes them anew. */
  async forget(systemId: string, isForgotten: (written: WrittenCaption) => boolean): Promise<void> {
    const gone = [...this.of(systemId).values()].filter(isForgotten);
    for (const { file } of gone) this.#written.get(systemId)?.delete(file);
    this.round += 1;
    await this.#parts.records.remove(gone.map(keyOf));
  }

  /** For the queue: the card with this id. */
  find(id: string): Card | undefined {
    return this.#wanted.get(id)?.card;
  }

  /** For the queue: reads the picture that a card stands for. */
  async read(card: Card): Promise<File> {
    const { wish } = this.#wanted.get(card.id) ?? {};
    if (wish === undefined) throw new DOMException('gone', 'NotFoundError');
    return wish.open();
  }

  /** For the queue, which tells of each change of a card; the last one is what counts. */
  save(card: Card): void {
    const { wish } = this.#wanted.get(card.id) ?? {};
    if (wish === undefined || card.isQueued) return;
    const isWritten = card.state === 'done' || card.state === 'failed';
    if (isWritten) this.#take(card, wish);
    this.#wanted.delete(card.id); // also where it was taken out of the line
    if (this.#wanted.size === 0) this.#parts.onWaiting?.(false);
    this.round += 1;
  }

  #take({ id, text, error, report }: Card, { systemId, file }: CaptionWish): void {
    const exactPrompt = report?.exactPrompt ?? '';
    const written: WrittenCaption = { systemId, file, text: error === undefined ? text : null, error: error ?? null, exactPrompt };
    this.#put(written);
    void this.#parts.records.save(id, written).catch((reason: unknown) => this.#parts.notices.tell(reason));
  }

  #put(written: WrittenCaption): void {
    const bySystem = this.#written.get(written.systemId) ?? new Map<string, WrittenCaption>();
    this.#written.set(written.systemId, bySystem.set(written.file, written));
  }
}

function keyOf({ systemId, file }: Pick<WrittenCaption, 'systemId' | 'file'>): string {
  return `${systemId} ${file}`;
}

function newRecord(order: number, wish: CaptionWish): CardRecord {
  return {
    id: keyOf(wish),
    order,
    name: wish.name,
    sizeBytes: 0,
    source: undefined,
    size: undefined,
    state: 'waiting',
    isQueued: false,
    text: '',
    isEdited: false,
    report: undefined,
    recipe: wish.recipe,
    error: undefined,
  };
}
