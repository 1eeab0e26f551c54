/** @file What is stored of the cards as far as this tab knows, so that it overwrites nothing that it has not seen. */

import type { SharedRecords } from '../../../storage/shared-records.ts';
import type { CardRecord } from './card-record.ts';

/** A card that another tab changed first. */
export interface MetCard {
  readonly id: string;
  /** What both tabs began with; undefined where this one knew of none. */
  readonly base: CardRecord | undefined;
  /** What stands there now; undefined where it was deleted. */
  readonly theirs: CardRecord | undefined;
}

/** Writes cards down. */
export class CardKeeper {
  readonly #records: SharedRecords<CardRecord>;
  readonly #stored = new Map<string, CardRecord>();
  /** Of what was sent last: writes overlap, but are done in order. */
  readonly #stamps = new Map<string, string | undefined>();

  constructor(records: SharedRecords<CardRecord>) {
    this.#records = records;
  }

  /** Notes what is stored. */
  note(record: CardRecord): void {
    this.#stored.set(record.id, record);
    this.#stamps.set(record.id, record.stamp);
  }

  /** Forgets a card that was deleted. */
  forget(id: string): void {
    this.#stored.delete(id);
    this.#stamps.delete(id);
  }

  /** Whether nothing of a card is on its way. */
  isSettled(id: string): boolean {
    return this.#stored.get(id)?.stamp === this.#stamps.get(id);
  }

  /**
   * Writes cards down, but for those that another tab changed first.
   *
   * @throws {StudioError} 'storage-full' when the quota is spent
   */
  async write(cards: readonly CardRecord[]): Promise<readonly MetCard[]> {
    const records = cards.map((card) => ({ ...card, stamp: crypto.randomUUID() }));
    const changes = records.map((record) => ({ record, before: this.#stamps.get(record.id) }));
    for (const { id, stamp } of records) this.#stamps.set(id, stamp);
    const met = new Map((await this.#records.saveUnchanged(changes)).map((one) => [one.id, one]));
    for (const record of records) if (!met.has(record.id)) this.#stored.set(record.id, record);
    return [...met.values()].map(({ id, current: theirs }) => {
      const base = this.#stored.get(id);
      this.forget(id);
      if (theirs !== undefined) this.note(theirs);
      return { id, base, theirs };
    });
  }
}
