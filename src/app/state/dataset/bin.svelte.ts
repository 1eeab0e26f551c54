/** @file Deleted pictures with their captions: kept as long as a step of the history brings them back, or until the bin is emptied. */

import type { PictureFiles } from '../../../storage/picture-files.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { SharedRecords } from '../../../storage/shared-records.ts';
import { Card } from '../cards/card.svelte.ts';
import type { CardRecord } from '../cards/card-record.ts';

/** What the bin stands on. */
export interface BinParts {
  readonly records: SharedRecords<CardRecord>;
  readonly files: PictureFiles;
  readonly thumbnails: Pick<RecordStore<unknown>, 'remove'>;
  readonly onTrouble: (error: unknown) => void;
}

/** The bin. */
export class Bin {
  #cards = $state.raw<ReadonlyMap<string, Card>>(new Map());
  readonly #parts: BinParts;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: BinParts) {
    this.#parts = parts;
  }

  /** The deleted pictures. */
  get cards(): readonly Card[] {
    return [...this.#cards.values()];
  }

  /** What their copies take; the user's own files take nothing here. @unit bytes */
  get keptBytes(): number {
    return this.cards.reduce((sum, { source, sizeBytes }) => sum + (source?.kind === 'copy' ? sizeBytes : 0), 0);
  }

  /** Whether a picture lies in it. */
  has(id: string): boolean {
    return this.#cards.has(id);
  }

  /** Brings back what was kept, and hears from now on of other tabs. @param isAlive tells which pictures are not deleted after all */
  async load(isAlive: (id: string) => boolean): Promise<void> {
    const { records } = this.#parts;
    const kept = await records.loadAll();
    // A page that closed in the middle leaves a picture in both places.
    this.#forget(kept.map(({ id }) => id).filter(isAlive));
    const earlier = kept.filter(({ id }) => !isAlive(id)).map((record) => [record.id, new Card(record)] as const);
    // Some may have been deleted while this was read.
    this.#cards = new Map([...earlier, ...this.#cards]);
    records.watch(({ changed, removed }) => {
      const cards = new Map(this.#cards);
      for (const record of changed) if (!cards.has(record.id)) cards.set(record.id, new Card(record));
      for (const id of removed) cards.delete(id);
      this.#cards = cards;
    });
  }

  /** Takes pictures in; resolves when they are written down. */
  put(cards: readonly Card[]): Promise<void> {
    this.#cards = new Map([...this.#cards, ...cards.map((card) => [card.id, card] as const)]);
    const changes = cards.map((card) => ({ record: { ...card.toRecord(), stamp: crypto.randomUUID() }, before: undefined }));
    return this.#queue(async () => {
      const met = new Set((await this.#parts.records.saveUnchanged(changes)).map(({ id }) => id));
      // An entry of an earlier deletion says less than this one.
      const others = changes.filter(({ record }) => met.has(record.id));
      if (others.length > 0) await this.#parts.records.saveMany(others.map(({ record }) => [record.id, record]));
    });
  }

  /** Gives pictures out that lie in it; they stay written down until `settle`. */
  take(ids: readonly string[]): readonly Card[] {
    const taken = ids.flatMap((id) => this.#cards.get(id) ?? []);
    this.#drop(ids);
    return taken;
  }

  /** Forgets what was given out and is written down elsewhere now. */
  settle(cards: readonly Card[]): void {
    this.#forget(cards.map(({ id }) => id));
  }

  /** Deletes pictures for good: their captions, thumbnails and copies. */
  destroy(ids: readonly string[]): void {
    const gone = this.take(ids);
    if (gone.length === 0) return;
    const { files, thumbnails } = this.#parts;
    this.#forget(gone.map(({ id }) => id));
    void this.#queue(async () => {
      await thumbnails.remove(gone.map(({ id }) => id));
      await files.remove(gone.flatMap(({ source }) => source ?? []));
    });
  }

  #drop(ids: readonly string[]): void {
    const cards = new Map(this.#cards);
    for (const id of ids) cards.delete(id);
    this.#cards = cards;
  }

  #forget(ids: readonly string[]): void {
    if (ids.length > 0) void this.#queue(() => this.#parts.records.remove(ids));
  }

  #queue(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch(this.#parts.onTrouble);
    return this.#writing;
  }
}
