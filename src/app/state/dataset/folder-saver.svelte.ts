/** @file Saves captions beside the pictures of one folder as they change: in batches, whole or not at all, never over what changed unseen. */

import { isWritingAllowed, requestWriting, type FileStamp } from '../../../storage/folder-files.ts';
import { withFolder } from '../../../storage/folder-lock.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { besideOf, planBeside } from './beside-pictures.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { BesideChoice, FolderRecord, UnsavedRecord } from './folder-record.ts';
import { takeTexts, type TakeHost } from './take-texts.ts';
import { toPlainError } from '../plain-error.ts';
import { checkFiles, writeFiles, type CheckedFile } from './write-files.ts';

/** How a folder stands. */
export type SaverPhase =
  | 'saved'
  | 'waiting' // something changed a moment ago
  | 'saving'
  | 'asking' // the browser wants to be asked again
  | 'halted'; // a full disk, a folder that is gone

/** What a saver stands on. */
export interface FolderSaverParts {
  readonly folder: FolderRecord & { readonly autosave: BesideChoice };
  /** All cards of the folder. */
  readonly cardsOf: () => readonly Card[];
  readonly stamps: RecordStore<FileStamp>;
  readonly unsaved: RecordStore<UnsavedRecord>;
  /** Called when saving has to stop until someone does something. */
  readonly onHalt: (saver: FolderSaver) => void;
  /** Changes cards as one step. */
  readonly apply: TakeHost['apply'];
  /** After the last change, and after the first at the latest. @unit ms */
  readonly delaysMs: { readonly last: number; readonly first: number };
}

/** A batch ends when it has so many pictures, so that a cancel or another tab need not wait long. */
const batchPictures = 200;

/** The saving of one folder. */
export class FolderSaver {
  readonly folder: FolderSaverParts['folder'];
  phase = $state<SaverPhase>('saved');
  /** Pictures whose captions are not in the folder yet. */
  waiting = $state(0);
  /** Files that changed unseen: someone has to say what becomes of them. */
  conflicts = $state.raw<readonly CheckedFile[]>([]);
  /** Why it was halted. */
  reason = $state('');
  readonly #parts: FolderSaverParts;
  readonly #waiting = new Set<Card>();
  /** Cards that wait for an answer, by the file in question. */
  readonly #contested = new Map<string, Card>();
  #beside: Set<string> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAtMs = Infinity;
  #isClosed = false;
  #line: Promise<void> = Promise.resolve();

  constructor(parts: FolderSaverParts) {
    this.#parts = parts;
    this.folder = parts.folder;
  }

  /** Remembers cards to write, also over a reload, and writes them in a moment. */
  async add(cards: readonly Card[]): Promise<void> {
    if (cards.length === 0) return;
    for (const card of cards) {
      this.#waiting.add(card);
      for (const [key, contested] of this.#contested) if (contested === card) this.#contested.delete(key);
    }
    this.conflicts = this.conflicts.filter(({ key }) => this.#contested.has(key));
    this.#count();
    this.#schedule();
    await this.#parts.unsaved.saveMany(cards.map(({ id }) => [id, { id, folderId: this.folder.id }]));
  }

  /** Finds out whether the browser has to be asked before anything can be written. */
  async look(): Promise<void> {
    if (!(await isWritingAllowed(this.folder.handle))) this.phase = 'asking';
  }

  /** Asks the browser for leave, or tries again what failed. Call it from a click. @throws {StudioError} 'permission' when it is refused */
  async goOn(): Promise<void> {
    await requestWriting(this.folder.handle);
    this.reason = '';
    this.phase = 'saved';
    await this.save();
  }

  /** Goes on after someone has said what becomes of files that changed: written over, left alone, or taken in. @throws {StudioError} as `takeTexts` does */
  async resolve(choice: 'overwrite' | 'keep' | 'take'): Promise<void> {
    const files = this.conflicts;
    const cards = new Map(this.#contested);
    if (choice === 'take') await takeTexts(files, { apply: this.#parts.apply, remember: (key, stamp) => this.#remember(key, stamp) });
    this.conflicts = [];
    this.#contested.clear();
    if (choice === 'overwrite') await this.#inTurn(() => this.#write(files, cards));
    else await this.#forget([...cards.values()]);
    this.#count();
  }

  /** Ends it; what is left stays remembered. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Writes now what waits. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dueAtMs = Infinity;
    await this.#inTurn(async () => {
      while (this.#waiting.size > 0 && !this.#isClosed) {
        if (!(await this.#saveSome(new Set([...this.#waiting].slice(0, batchPictures))))) return;
      }
    });
  }

  /** Does some writing, one after the other; afterwards the phase tells how things stand. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#line = this.#line.then(async () => {
      if (this.#isClosed) return;
      try {
        if (await isWritingAllowed(this.folder.handle)) {
          this.phase = 'saving';
          await work();
          if (this.#isSaving()) this.phase = 'saved';
        } else {
          this.#halt('asking', '');
        }
      } catch (error) {
        await this.#fail(toPlainError(error).message);
      }
      this.#count();
      if (this.#waiting.size > 0) this.#schedule();
    });
    return this.#line;
  }

  #isSaving(): boolean {
    return this.phase === 'saving';
  }

  /** Returns whether the next may follow. */
  async #saveSome(wanted: ReadonlySet<Card>): Promise<boolean> {
    const { folder, stamps, cardsOf } = this.#parts;
    return withFolder(folder.id, async () => {
      const beside = (this.#beside ??= besideOf(folder.id, await stamps.ids()));
      const files = planBeside({ folder, cards: cardsOf(), wanted, choice: folder.autosave, beside });
      // What changes while it is written waits for the next batch.
      for (const card of wanted) this.#waiting.delete(card);
      const cardOf = new Map(files.map(({ key, card }) => [key, card]));
      try {
        const checked = await checkFiles(files, (key) => stamps.load(key), quiet);
        this.#contest(
          checked.filter(({ standing }) => standing === 'changed'),
          cardOf,
        );
        const free = checked.filter(({ standing }) => standing !== 'changed');
        await this.#write(free, cardOf);
        const without = [...wanted].filter((card) => files.every((file) => file.card !== card));
        await this.#forget(without);
      } catch (error) {
        for (const card of wanted) if (![...this.#contested.values()].includes(card)) this.#waiting.add(card);
        throw error;
      }
      return this.#isSaving();
    });
  }

  async #write(files: readonly CheckedFile[], cardOf: ReadonlyMap<string, Card>): Promise<void> {
    const outcome = await writeFiles(files, { readPicture: noPicture, remember: (key, stamp) => this.#remember(key, stamp) }, quiet);
    const kept = new Set(outcome.kept.map(({ path }) => path));
    this.#contest(
      files.filter(({ path }) => kept.has(path)),
      cardOf,
    );
    const left = new Set(outcome.left.map(({ key }) => key));
    for (const { key } of outcome.left) {
      const card = cardOf.get(key);
      if (card !== undefined) this.#waiting.add(card);
    }
    await this.#forget(files.flatMap(({ key, path }) => (left.has(key) || kept.has(path) ? [] : (cardOf.get(key) ?? []))));
    if (outcome.left.length > 0) await this.#fail(outcome.reason);
  }

  async #remember(key: string, stamp: FileStamp): Promise<void> {
    this.#beside?.add(key.slice(this.folder.id.length + 1));
    await this.#parts.stamps.save(key, stamp);
  }

  #contest(files: readonly CheckedFile[], cardOf: ReadonlyMap<string, Card>): void {
    if (files.length === 0) return;
    for (const { key } of files) {
      const card = cardOf.get(key);
      if (card !== undefined) this.#contested.set(key, card);
    }
    this.conflicts = [...this.conflicts.filter(({ key }) => files.every((file) => file.key !== key)), ...files];
    this.#parts.onHalt(this);
  }

  /** Takes cards from the list of what is to be written, but for those that wait again. */
  async #forget(cards: readonly Card[]): Promise<void> {
    const contested = new Set(this.#contested.values());
    const done = cards.filter((card) => !this.#waiting.has(card) && !contested.has(card));
    if (done.length > 0) await this.#parts.unsaved.remove(done.map(({ id }) => id));
  }

  async #fail(reason: string): Promise<void> {
    if (await isWritingAllowed(this.folder.handle)) this.#halt('halted', reason);
    else this.#halt('asking', '');
  }

  #halt(phase: 'asking' | 'halted', reason: string): void {
    const isNew = this.phase !== phase;
    this.phase = phase;
    this.reason = reason;
    this.#count(); // what is told of the halt says how many are left
    if (isNew) this.#parts.onHalt(this);
  }

  #schedule(): void {
    if (this.#isClosed || this.phase === 'asking' || this.phase === 'halted') return;
    if (this.phase === 'saved') this.phase = 'waiting';
    const nowMs = Date.now();
    const { last, first } = this.#parts.delaysMs;
    this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + first);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), Math.max(0, Math.min(last, this.#dueAtMs - nowMs)));
  }

  #count(): void {
    this.waiting = this.#waiting.size;
  }
}

const quiet = { onProgress: () => undefined, isCancelled: () => false };

function noPicture(): Promise<never> {
  return Promise.reject(new TypeError('a text beside a picture is no picture'));
}
