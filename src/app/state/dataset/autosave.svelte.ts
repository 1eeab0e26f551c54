/** @file Saving captions beside the pictures as they change: which folders do so, and what of them is still to be written. */

import type { FileStamp } from '../../../storage/folder-files.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { isBeside, usualChoice } from './beside-pictures.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { BesideChoice, FolderRecord, UnsavedRecord } from './folder-record.ts';
import { FolderSaver } from './folder-saver.svelte.ts';
import type { Library } from '../cards/library.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { TakeHost } from './take-texts.ts';
import { sayCount } from '../words.ts';

/** What saving stands on. */
export interface AutosaveParts {
  readonly library: Pick<Library, 'cards' | 'find' | 'listen'>;
  readonly folders: RecordStore<FolderRecord>;
  readonly stamps: RecordStore<FileStamp>;
  readonly unsaved: RecordStore<UnsavedRecord>;
  readonly notices: Notices;
  /** Changes cards as one step. */
  readonly apply: TakeHost['apply'];
  /** Opens the window that lists conflicts. */
  readonly show: () => void;
  readonly delaysMs?: { readonly last: number; readonly first: number };
}

/** A moment after the last change; while a model writes on and on, at the latest so long after the first. @unit ms */
const usualDelaysMs = { last: 1500, first: 5000 };

/** How all folders together stand, the most urgent first. */
export type AutosaveState = 'off' | 'halted' | 'contested' | 'asking' | 'saving' | 'waiting' | 'saved';

/** The saving of all folders. */
export class Autosave {
  /** Folders that can be written to. */
  folders = $state.raw<readonly FolderRecord[]>([]);
  /** Of the folders whose captions are saved. */
  savers = $state.raw<readonly FolderSaver[]>([]);
  readonly #parts: AutosaveParts;
  /** What each card said when it was looked at last. */
  readonly #seen = new WeakMap<Card, Card['content']>();
  /** The notices that savers wait behind. */
  readonly #told = new WeakMap<FolderSaver, number>();

  constructor(parts: AutosaveParts) {
    this.#parts = parts;
    parts.library.listen((cards) => void this.#hear(cards).catch((error: unknown) => parts.notices.tell(error)));
  }

  /** How things stand. */
  get state(): AutosaveState {
    const phases = this.savers.map(({ phase }) => phase);
    if (phases.length === 0) return 'off';
    if (phases.includes('halted')) return 'halted';
    if (this.contested > 0) return 'contested';
    return (['asking', 'saving', 'waiting'] as const).find((phase) => phases.includes(phase)) ?? 'saved';
  }

  /** Pictures whose captions are not in their folders yet. */
  get waiting(): number {
    return this.savers.reduce((sum, saver) => sum + saver.waiting, 0);
  }

  /** Files that changed unseen. */
  get contested(): number {
    return this.savers.reduce((sum, saver) => sum + saver.conflicts.length, 0);
  }

  /** Brings back what was chosen, and what was not written before the page closed. */
  async load(): Promise<void> {
    await this.#readFolders();
    for (const card of this.#parts.library.cards) this.#seen.set(card, card.content);
    const left = await this.#parts.unsaved.loadAll();
    for (const saver of this.savers) {
      await saver.look();
      const cards = left.flatMap(({ id, folderId }) => (folderId === saver.folder.id ? (this.#parts.library.find(id) ?? []) : []));
      if (cards.length > 0) await saver.add(cards);
      if (saver.phase === 'asking') this.#tellHalt(saver);
    }
  }

  /** The cards of a folder. */
  cardsOf(folderId: string): readonly Card[] {
    return this.#parts.library.cards.filter(({ place }) => place.folderId === folderId);
  }

  /** Which texts a folder would get, or gets. */
  choiceOf(folder: FolderRecord): BesideChoice {
    return folder.autosave ?? usualChoice(this.cardsOf(folder.id));
  }

  /** Begins to save a folder's captions, those first that are not in it yet; or saves them otherwise. Call it from a click. @throws {StudioError} 'permission' */
  async turnOn(folder: FolderRecord, choice: BesideChoice): Promise<void> {
    const isOther = folder.autosave !== undefined && folder.autosave.format !== choice.format;
    const saver = await this.#put({ ...folder, autosave: choice });
    if (saver === undefined) return;
    await saver.goOn();
    const cards = this.cardsOf(folder.id).filter((card) => card.text !== '' && (isOther || !isBeside(card)));
    for (const card of cards) this.#seen.set(card, card.content);
    if (cards.length > 0) await saver.add(cards);
  }

  /** Ends the saving of a folder; what is in it stays. */
  async turnOff({ autosave: _choice, ...folder }: FolderRecord): Promise<void> {
    await this.#put(folder);
    const left = (await this.#parts.unsaved.loadAll()).filter(({ folderId }) => folderId === folder.id);
    await this.#parts.unsaved.remove(left.map(({ id }) => id));
  }

  /** Asks the browser for leave where it has to be asked, and tries again what failed. Call it from a click. */
  async goOn(some: readonly FolderSaver[] = this.savers): Promise<void> {
    for (const saver of some) {
      if (saver.phase !== 'asking' && saver.phase !== 'halted') continue;
      await saver.goOn();
      const told = this.#told.get(saver);
      if (told !== undefined) this.#parts.notices.close(told);
    }
  }

  /** Reads anew which folders there are. */
  async refresh(): Promise<void> {
    await this.#readFolders();
  }

  async #put(folder: FolderRecord): Promise<FolderSaver | undefined> {
    await this.#parts.folders.save(folder.id, folder);
    await this.#readFolders();
    return this.savers.find((saver) => saver.folder.id === folder.id);
  }

  /** Another tab may have chosen otherwise. */
  async #readFolders(): Promise<void> {
    this.folders = await this.#parts.folders.loadAll();
    const savers = this.folders.flatMap((folder) => {
      const known = this.savers.find((saver) => saver.folder.id === folder.id && isSameChoice(saver.folder.autosave, folder.autosave));
      return known ?? this.#saverOf(folder) ?? [];
    });
    for (const saver of this.savers) if (!savers.includes(saver)) saver.close();
    this.savers = savers;
  }

  #saverOf(folder: FolderRecord): FolderSaver | undefined {
    const { autosave } = folder;
    if (autosave === undefined) return undefined;
    const { stamps, unsaved, apply, delaysMs = usualDelaysMs } = this.#parts;
    return new FolderSaver({
      folder: { ...folder, autosave },
      cardsOf: () => this.cardsOf(folder.id),
      stamps,
      unsaved,
      apply,
      delaysMs,
      onHalt: (saver) => this.#tellHalt(saver),
    });
  }

  /** Takes what changed; a picture that has just come in with its caption has changed nothing. */
  async #hear(cards: readonly Card[]): Promise<void> {
    const changed = cards.filter((card) => {
      const seen = this.#seen.get(card);
      this.#seen.set(card, card.content);
      return card.place.folderId !== null && seen !== card.content && !(seen === undefined && (card.text === '' || isBeside(card)));
    });
    if (changed.length === 0) return;
    const known = new Set(this.savers);
    const addTo = (saver: FolderSaver): Promise<void> => saver.add(changed.filter(({ place }) => place.folderId === saver.folder.id));
    // Noted before anything else is waited for: the page may be about to close.
    const noting = Promise.all([...known].map(addTo));
    await this.#readFolders();
    await Promise.all([noting, ...this.savers.filter((saver) => !known.has(saver)).map(addTo)]);
  }

  #tellHalt(saver: FolderSaver): void {
    const { notices, show } = this.#parts;
    const { name } = saver.folder.handle;
    if (saver.conflicts.length > 0) {
      notices.say({
        tone: 'attention',
        title: `${sayCount(saver.conflicts.length, 'file')} in “${name}” changed meanwhile`,
        text: 'Something else wrote there. The captions here were not saved over that.',
        acts: [{ label: 'Look', run: show }],
      });
      return;
    }
    const allow = (): void => void this.goOn([saver]).catch((error: unknown) => notices.tell(error));
    const told = (id: number): unknown => this.#told.set(saver, id);
    if (saver.phase === 'asking') {
      told(
        notices.say({
          title: `Captions are not saved in “${name}” yet`,
          text: 'After a reload the browser asks again before it lets this page write there.',
          acts: [{ label: 'Allow', run: allow }],
        }),
      );
    } else if (saver.phase === 'halted') {
      told(
        notices.say({
          tone: 'attention',
          title: `Saving in “${name}” has stopped`,
          text: `${saver.reason}. The captions are kept here, and ${sayCount(saver.waiting, 'picture')} will be saved when it goes on.`,
          acts: [{ label: 'Try again', run: allow }],
        }),
      );
    }
  }
}

function isSameChoice(a: BesideChoice, b: BesideChoice | undefined): boolean {
  return a.format === b?.format && a.sidecarText === b.sidecarText;
}
