/** @file The pictures of this browser with their captions: added, edited, deleted, and kept. */

import type { DatasetItem } from '../../../core/dataset/item.ts';
import type { PictureFiles, PictureSource } from '../../../storage/picture-files.ts';
import type { SharedRecords } from '../../../storage/shared-records.ts';
import { untilWritten } from '../../../storage/unwritten.ts';
import type { Bin } from '../dataset/bin.svelte.ts';
import { CardKeeper, type MetCard } from './card-keeper.ts';
import { Card } from './card.svelte.ts';
import type { CardRecord } from './card-record.ts';
import { mergeCards } from './merge-cards.ts';
import { newCardRecord } from './new-card-record.ts';
import { LateWrite } from '../late-write.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Recipe } from '../queue/recipe.ts';

/** A picture that comes in. */
export interface IncomingPicture {
  readonly file: File;
  /** The user's own file, where the browser gives a handle to it. */
  readonly handle?: FileSystemFileHandle;
  /** Where it lies, beginning with the name of the folder that was picked; its name alone where it was picked itself. */
  readonly path?: string;
  /** The folder that was picked. */
  readonly root?: FileSystemDirectoryHandle;
}

/** What is known of a picture from the data set that it comes with. */
export type KnownPicture = Pick<DatasetItem, 'captions' | 'tags' | 'split' | 'id' | 'metadata'> & { readonly folderId: string | null };

/** A picture of a data set that comes in: a file, or a member of an archive. */
export interface DatasetPicture {
  readonly path: string;
  readonly sizeBytes: number;
  readonly origin: IncomingPicture | Extract<PictureSource, { kind: 'member' }>;
  readonly known?: KnownPicture;
}

/** What the library stands on. */
export interface LibraryParts {
  readonly records: SharedRecords<CardRecord>;
  readonly files: PictureFiles;
  readonly bin: Bin;
  readonly notices: Notices;
}

/** Hears of cards that another tab changed or removed. */
export interface OthersWatch {
  readonly onChanged: (cards: readonly Card[]) => void;
  readonly onRemoved: (cards: readonly Card[]) => void;
}

/** A burst of changes is written in one go; what is finished must not wait long, since a tab may be closed at any time. @unit ms */
const saveDelayMs = 40;

/** All cards, in the order of their arrival. */
export class Library {
  cards = $state.raw<readonly Card[]>([]);
  isLoaded = $state(false);
  /** Pictures that a closing page would lose, since they are still being copied. */
  unkept = $state(0);
  readonly #parts: LibraryParts;
  readonly #byId = new Map<string, Card>();
  readonly #unsaved = new Set<Card>();
  /** Those whose data set is still being read: they are written down when it is known what it tells of them. */
  readonly #coming = new Set<Card>();
  /** Where those come from whose bytes are not kept yet. */
  readonly #origins = new Map<Card, DatasetPicture['origin']>();
  readonly #keeper: CardKeeper;
  readonly #listeners = new Set<(cards: readonly Card[]) => void>();
  readonly #late = new LateWrite(() => this.flush());
  #nextOrder = 1;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.#keeper = new CardKeeper(parts.records);
  }

  /** Brings back what was kept. */
  async load(): Promise<void> {
    const records = (await this.#parts.records.loadAll()).sort((a, b) => a.order - b.order);
    const cards = records.map((record) => new Card(record));
    for (const card of cards) this.#byId.set(card.id, card);
    for (const record of records) this.#keeper.note(record);
    this.#nextOrder = (records.at(-1)?.order ?? 0) + 1;
    this.cards = [...cards, ...this.cards];
    this.isLoaded = true;
  }

  /** Takes from now on what other tabs do to the same pictures. */
  watch(others: OthersWatch): void {
    this.#parts.records.watch(({ changed, removed }) => {
      others.onRemoved(this.#drop(removed.flatMap((id) => this.#byId.get(id) ?? [])));
      const cards = changed.map((record) => this.#takeOver(record));
      this.#tell(cards);
      others.onChanged(cards);
    });
  }

  /** Hears of cards as they are written down, here or in another tab. */
  listen(listener: (cards: readonly Card[]) => void): void {
    this.#listeners.add(listener);
  }

  /** Deletes the copies of pictures that neither a card nor the bin has; not while another tab may be adding some. */
  async tidy(): Promise<void> {
    const { bin } = this.#parts;
    const archives = new Set([...this.cards, ...bin.cards].flatMap(({ source }) => (source?.kind === 'member' ? source.archiveId : [])));
    await this.#parts.files.removeOthers((id) => this.#byId.has(id) || bin.has(id) || archives.has(id));
  }

  /** The card with this id, if it is there. */
  find(id: string): Card | undefined {
    return this.#byId.get(id);
  }

  /** Adds pictures at the end; their bytes are kept in the background. */
  add(incoming: readonly IncomingPicture[], recipe: Recipe): readonly Card[] {
    const pictures = incoming.map((origin) => ({ path: origin.path ?? origin.file.name, sizeBytes: origin.file.size, origin }));
    const cards = this.announce(pictures, recipe);
    this.settle(cards);
    return cards;
  }

  /** Shows pictures of a data set that is still being read; nothing of them is kept before `settle`. */
  announce(pictures: readonly DatasetPicture[], recipe: Recipe): readonly Card[] {
    const cards = pictures.map((picture) => {
      const { origin } = picture;
      const isFile = 'file' in origin;
      const record = newCardRecord({ ...picture, source: isFile ? undefined : origin }, this.#nextOrder++, recipe);
      const card = new Card(record, isFile ? origin.file : undefined);
      this.#byId.set(card.id, card);
      this.#coming.add(card);
      this.#origins.set(card, origin);
      return card;
    });
    this.unkept += cards.length;
    this.cards = [...this.cards, ...cards];
    return cards;
  }

  /** Keeps announced pictures, of which all is known now. */
  settle(cards: readonly Card[]): void {
    for (const card of cards) this.#coming.delete(card);
    void untilWritten(this.#keepFiles(cards));
  }

  /** Takes announced pictures for those of a data set that does not come in after all. */
  giveUp(cards: readonly Card[]): void {
    for (const card of cards) if (this.#coming.delete(card)) this.unkept -= 1;
  }

  /** Whether the data set of a card is still being read. */
  isComing(card: Card): boolean {
    return this.#coming.has(card);
  }

  /** Reads a card's picture. @throws {StudioError} 'permission' or 'file-missing' */
  async read(card: Card): Promise<File> {
    if (card.file !== undefined) return card.file;
    const file = await this.#parts.files.read(card.source ?? { kind: 'copy', path: card.id }, card.name);
    // A handle's file is only a reference; holding it costs no memory for its bytes.
    if (card.source?.kind !== 'member') card.file = file;
    return file;
  }

  /** Puts cards into the bin. */
  remove(cards: readonly Card[]): void {
    const gone = [...new Set(cards)].filter((card) => this.has(card));
    if (gone.length === 0) return;
    this.#drop(gone);
    const remove = async (): Promise<void> => {
      await this.#parts.bin.put(gone);
      // One that was brought back meanwhile stays.
      await this.#parts.records.remove(gone.map(({ id }) => id).filter((id) => !this.#byId.has(id)));
    };
    this.#try(remove());
  }

  /** Brings cards back from the bin; gives those that were there still. */
  restore(ids: readonly string[]): readonly Card[] {
    const cards = this.#parts.bin.take(ids.filter((id) => !this.#byId.has(id)));
    for (const card of cards) {
      this.#byId.set(card.id, card);
      this.save(card);
    }
    this.cards = [...this.cards, ...cards].sort((a, b) => a.order - b.order);
    const unkept = cards.filter((card) => this.#origins.has(card) && !this.#coming.has(card));
    this.unkept += unkept.length;
    void untilWritten(this.#keepFiles(unkept));
    // What could not be written down stays in the bin for the next visit.
    this.#try(this.flush().then(() => this.#parts.bin.settle(cards.filter(({ id }) => this.#keeper.isSettled(id)))));
    return cards;
  }

  /** Writes a card down soon. */
  save(card: Card): void {
    if (this.#byId.get(card.id) !== card || this.#coming.has(card)) return;
    this.#unsaved.add(card);
    this.#late.plan(saveDelayMs);
  }

  /** Writes down now what is not yet. */
  async flush(): Promise<void> {
    this.#late.drop();
    const cards = [...this.#unsaved];
    this.#unsaved.clear();
    if (cards.length === 0) return;
    this.#tell(cards);
    try {
      for (const met of await this.#keeper.write(cards.map((card) => card.toRecord()))) this.#meet(met);
    } catch (error) {
      this.#parts.notices.tell(error);
    }
  }

  /** Another tab came first: joins its change with ours, and writes both down. */
  #meet({ id, base, theirs }: MetCard): void {
    const card = this.#byId.get(id);
    if (card === undefined) return;
    if (theirs !== undefined && base !== undefined) {
      const { record, isContested } = mergeCards({ base, mine: card.toRecord(), theirs });
      card.adopt(record);
      if (isContested) {
        this.#parts.notices.say({
          title: `${card.name} was captioned in another tab too`,
          text: `This tab’s caption counts; “${theirs.text}” is among its earlier versions.`,
        });
      }
    }
    this.save(card);
  }

  /** Takes a card as another tab left it; one with changes of our own is joined when those are written. */
  #takeOver(record: CardRecord): Card {
    const known = this.#byId.get(record.id);
    if (known === undefined) {
      const card = new Card(record);
      this.#keeper.note(record);
      this.#byId.set(card.id, card);
      this.#nextOrder = Math.max(this.#nextOrder, record.order + 1);
      this.cards = [...this.cards, card].sort((a, b) => a.order - b.order);
      return card;
    }
    if (!this.#unsaved.has(known) && !known.isBusy && this.#keeper.isSettled(known.id)) {
      this.#keeper.note(record);
      known.adopt(record);
    }
    return known;
  }

  #tell(cards: readonly Card[]): void {
    for (const listener of this.#listeners) listener(cards);
  }

  #drop(cards: readonly Card[]): readonly Card[] {
    const gone = new Set(cards);
    if (gone.size > 0) this.cards = this.cards.filter((card) => !gone.has(card));
    for (const card of gone) {
      this.#byId.delete(card.id);
      this.#unsaved.delete(card);
      this.#keeper.forget(card.id);
    }
    return cards;
  }

  /** Whether a card belongs to the library still. */
  has(card: Card): boolean {
    return this.#byId.get(card.id) === card;
  }

  async #keepFiles(cards: readonly Card[]): Promise<void> {
    for (const card of cards) {
      const origin = this.#origins.get(card);
      try {
        if (origin !== undefined && 'file' in origin) card.source = await this.#parts.files.keep(card.id, origin.file, origin.handle);
      } catch (error) {
        // The picture stays usable in this visit; only the reload would lose it.
        this.#parts.notices.tell(error);
      }
      this.#origins.delete(card);
      this.unkept -= 1;
      this.save(card);
    }
    const { bin } = this.#parts;
    const deleted = cards.filter((card) => bin.has(card.id));
    if (deleted.length > 0) this.#try(bin.put(deleted));
  }

  #try(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.notices.tell(error));
  }
}
