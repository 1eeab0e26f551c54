/** @file The pictures of this browser with their captions: added, edited, deleted, and kept. */

import type { PictureFiles } from '../../storage/picture-files.ts';
import type { RecordStore } from '../../storage/records.ts';
import { Card } from './card.svelte.ts';
import type { CardRecord } from './card-record.ts';
import type { History } from './history.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import type { Recipe } from './recipe.ts';
import { sayCount } from './words.ts';

/** A picture that comes in. */
export interface IncomingPicture {
  readonly file: File;
  /** The user's own file, where the browser gives a handle to it. */
  readonly handle?: FileSystemFileHandle;
}

/** What the library stands on. */
export interface LibraryParts {
  readonly records: RecordStore<CardRecord>;
  readonly files: PictureFiles;
  readonly notices: Notices;
  readonly history: History;
}

/** A burst of changes is written in one go; what is finished must not wait long, since a tab may be closed at any time. @unit ms */
const saveDelayMs = 40;

/** All cards, in the order of their arrival. */
export class Library {
  cards = $state.raw<readonly Card[]>([]);
  isLoaded = $state(false);
  readonly #parts: LibraryParts;
  readonly #byId = new Map<string, Card>();
  readonly #unsaved = new Set<Card>();
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #nextOrder = 1;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
  }

  /** Brings back what was kept. */
  async load(): Promise<void> {
    const records = (await this.#parts.records.loadAll()).sort((a, b) => a.order - b.order);
    const cards = records.map((record) => new Card(record));
    for (const card of cards) this.#byId.set(card.id, card);
    this.#nextOrder = (records.at(-1)?.order ?? 0) + 1;
    this.cards = [...cards, ...this.cards];
    this.isLoaded = true;
  }

  /** Deletes the copies of pictures that no card has; not while another tab may be adding some. */
  async tidy(): Promise<void> {
    await this.#parts.files.removeOthers((id) => this.#byId.has(id));
  }

  /** The card with this id, if it is there. */
  find(id: string): Card | undefined {
    return this.#byId.get(id);
  }

  /** Adds pictures at the end; their bytes are kept in the background. */
  add(incoming: readonly IncomingPicture[], recipe: Recipe): readonly Card[] {
    const cards = incoming.map(({ file }) => new Card(this.#newRecord(file, recipe), file));
    for (const card of cards) this.#byId.set(card.id, card);
    this.cards = [...this.cards, ...cards];
    void this.#keepFiles(cards, incoming);
    return cards;
  }

  /** Reads a card's picture. @throws {StudioError} 'permission' or 'file-missing' */
  async read(card: Card): Promise<File> {
    if (card.file !== undefined) return card.file;
    const file = await this.#parts.files.read(card.source ?? { kind: 'copy', path: card.id }, card.name);
    // A handle's file is only a reference; holding it costs no memory for its bytes.
    card.file = file;
    return file;
  }

  /** Deletes cards; can be undone as long as the page is open. */
  remove(cards: readonly Card[], later: { readonly undone: () => void; readonly forgotten: () => void }): void {
    const gone = new Set(cards);
    if (gone.size === 0) return;
    this.cards = this.cards.filter((card) => !gone.has(card));
    for (const card of gone) {
      this.#byId.delete(card.id);
      this.#unsaved.delete(card);
    }
    this.#try(this.#parts.records.remove([...gone].map((card) => card.id)));
    const step = {
      label: `${sayCount(gone.size, 'picture')} deleted`,
      undo: () => {
        this.#restore([...gone]);
        later.undone();
      },
      forget: () => {
        this.#try(this.#parts.files.remove([...gone].flatMap((card) => card.source ?? [])));
        later.forgotten();
      },
    };
    this.#parts.history.add(step);
    this.#parts.notices.say({ title: step.label, acts: [{ label: 'Undo', run: () => this.#parts.history.undo(step) }] });
  }

  /** Writes a card down soon. */
  save(card: Card): void {
    if (this.#byId.get(card.id) !== card) return;
    this.#unsaved.add(card);
    this.#saveTimer ??= setTimeout(() => void this.flush(), saveDelayMs);
  }

  /** Writes down now what is not yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const cards = [...this.#unsaved];
    this.#unsaved.clear();
    if (cards.length === 0) return;
    try {
      await this.#parts.records.saveMany(cards.map((card) => [card.id, card.toRecord()]));
    } catch (error) {
      this.#parts.notices.tell(error);
    }
  }

  /** Whether a card belongs to the library still. */
  has(card: Card): boolean {
    return this.#byId.get(card.id) === card;
  }

  #newRecord(file: File, recipe: Recipe): CardRecord {
    return {
      id: newId(),
      name: file.name,
      order: this.#nextOrder++,
      sizeBytes: file.size,
      source: undefined,
      size: undefined,
      state: 'waiting',
      isQueued: false,
      text: '',
      isEdited: false,
      report: undefined,
      recipe,
      error: undefined,
    };
  }

  async #keepFiles(cards: readonly Card[], incoming: readonly IncomingPicture[]): Promise<void> {
    for (const [index, card] of cards.entries()) {
      const picture = incoming[index];
      if (picture === undefined) continue;
      try {
        card.source = await this.#parts.files.keep(card.id, picture.file, picture.handle);
      } catch (error) {
        // The picture stays usable in this visit; only the reload would lose it.
        this.#parts.notices.tell(error);
      }
      this.save(card);
    }
  }

  #restore(cards: readonly Card[]): void {
    for (const card of cards) {
      this.#byId.set(card.id, card);
      this.save(card);
    }
    this.cards = [...this.cards, ...cards].sort((a, b) => a.order - b.order);
  }

  #try(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.notices.tell(error));
  }
}

/** Ten signs are enough for one browser's pictures, and short in the address bar. */
function newId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 10);
}
