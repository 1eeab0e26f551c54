/** @file Captions side by side: pictures down, styles and prompts across. */

import type { WatchedRecords } from '../../../storage/watched-records.ts';
import { withCaption } from '../../../core/dataset/item.ts';
import { Blind } from './blind.svelte.ts';
import type { Card } from '../cards/card.svelte.ts';
import { authorOf, isOfColumn, isSameColumn, nameColumn, troubleOf, type ColumnDraft, type ColumnName } from './comparison-column.ts';
import { noComparison, type ComparisonColumn, type ComparisonRecord } from './comparison-record.ts';
import { joinComparisons } from './join-comparisons.ts';
import { findKnown, makeWishes } from './comparison-writing.ts';
import type { CardChange, Editing } from '../dataset/editing.svelte.ts';
import type { Gallery } from '../cards/gallery.svelte.ts';
import type { History } from '../history.svelte.ts';
import type { Library } from '../cards/library.svelte.ts';
import type { Model } from '../models/model.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Queue } from '../queue/queue.svelte.ts';
import type { Styles } from '../styles/styles.svelte.ts';
import type { SystemCaptions, WrittenCaption } from './system-captions.svelte.ts';

/** What a comparison stands on. */
export interface ComparisonParts {
  readonly records: WatchedRecords<ComparisonRecord>;
  /** Its captions; the queue has them among its cards. */
  readonly captions: SystemCaptions;
  readonly queue: Queue;
  readonly library: Library;
  readonly gallery: Gallery;
  readonly editing: Editing;
  readonly history: History;
  readonly notices: Notices;
  readonly model: Model;
  readonly styles: Styles;
}

/** How far a column is with the pictures that are compared. */
export interface ColumnCount {
  readonly written: number;
  readonly failed: number;
}

/** The cell that the keyboard stands on. */
export interface Standing {
  readonly cardId: string;
  /** From the left, on the screen. */
  readonly place: number;
}

const recordId = 'comparison';

/** The comparison of this browser. */
export class Comparison {
  /** Whether it is shown in the place of the gallery. */
  isOpen = $state(false);
  /** Whether what was kept is back. */
  isLoaded = $state(false);
  standing = $state.raw<Standing | undefined>(undefined);
  readonly blind: Blind;
  readonly captions: SystemCaptions;
  #record = $state.raw<ComparisonRecord>(noComparison);
  readonly #parts: ComparisonParts;
  #isStarted = false;
  /** Changes that are not written yet. */
  #unwritten = 0;
  /** Whether another tab changed what is stored since it was read. */
  #isBehind = false;
  #loading: Promise<void> | undefined;

  readonly #rows = $derived.by(() => {
    const { shown } = this.#parts.gallery;
    const { pictureIds } = this.#record;
    if (pictureIds === null) return shown;
    const wanted = new Set(pictureIds);
    return shown.filter(({ id }) => wanted.has(id));
  });
  readonly #counts = $derived.by(() => new Map(this.columns.map((column) => [column.id, this.#count(column)])));
  readonly #names = $derived.by(() => {
    const { all } = this.#parts.styles;
    return new Map(this.columns.map((column) => [column.id, nameColumn(column, this.columns, all)]));
  });

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
    this.captions = parts.captions;
    const { history, library } = parts;
    this.blind = new Blind({ read: () => this.#record, change: (change) => this.#change(change), history, find: (id) => library.find(id) });
  }

  /** The ways of captioning, in the order in which they were added. */
  get columns(): readonly ComparisonColumn[] {
    return this.#record.columns;
  }

  /** The pictures that are compared, in the gallery's order. */
  get rows(): readonly Card[] {
    return this.#rows;
  }

  /** How many pictures were picked out; undefined where all are compared that the gallery shows. */
  get pickedCount(): number | undefined {
    return this.#record.pictureIds?.length;
  }

  /** Captions that are missing, can be written and do not wait already. */
  get missingCount(): number {
    const rows = this.#rows.length;
    const missing = this.#writable().reduce((sum, { id }) => sum + rows - this.#total(id), 0);
    return Math.max(0, missing - this.captions.waitingCount);
  }

  /** Brings back what was kept: the captions where they are shown, or where writing goes on. */
  async start({ goesOn }: { readonly goesOn: boolean }): Promise<void> {
    this.#record = { ...noComparison, ...(await this.#parts.records.load(recordId)) };
    this.#isStarted = true;
    this.#parts.records.watch(() => void this.#hear().catch((error: unknown) => this.#parts.notices.tell(error)));
    const isGoingOn = this.#record.isWriting && goesOn;
    if (this.isOpen || isGoingOn) await this.load();
    // Opening the model takes a while, for which nothing else should wait.
    if (isGoingOn) void this.write().catch((error: unknown) => this.#parts.notices.tell(error));
  }

  /** Brings the captions back, once. */
  load(): Promise<void> {
    this.#loading ??= this.#loadCaptions();
    return this.#loading;
  }

  /** Shows it. */
  open(): void {
    this.isOpen = true;
    if (this.#isStarted) this.load().catch((error: unknown) => this.#parts.notices.tell(error));
  }

  /** Chooses the pictures; null is all that the gallery shows. */
  pick(cards: readonly Card[] | null): void {
    this.#change({ pictureIds: cards === null ? null : cards.map(({ id }) => id) });
    this.standing = undefined;
  }

  /** What a column is called. */
  nameOf({ id }: ComparisonColumn): ColumnName {
    return this.#names.get(id) ?? { title: '', subtitle: '' };
  }

  /** How far a column is. */
  countOf({ id }: ComparisonColumn): ColumnCount {
    return this.#counts.get(id) ?? { written: 0, failed: 0 };
  }

  /** Why no caption can be written for a column now. */
  troubleOf(column: ComparisonColumn): string | undefined {
    return troubleOf(column, this.#parts.model.summary?.sha256, this.#parts.styles.all);
  }

  /** What was written of a picture in a column. */
  captionOf(card: Card, column: ComparisonColumn): WrittenCaption | undefined {
    return this.captions.of(column.id).get(card.id);
  }

  /** Whether every column has a caption of a picture. */
  isComplete(card: Card): boolean {
    return this.columns.every((column) => typeof this.captionOf(card, column)?.text === 'string');
  }

  /** Adds columns, those apart that are there; captions that pictures have already are in them at once. */
  async add(drafts: readonly ColumnDraft[]): Promise<void> {
    const fresh = drafts.filter((draft) => !this.columns.some((column) => isSameColumn(column, draft)));
    if (fresh.length === 0) return;
    await this.load();
    this.#change({ columns: [...this.columns, ...fresh.map((draft) => ({ id: crypto.randomUUID(), ...draft }))] });
    await this.#takeKnown();
  }

  /** Takes a column away, with a way back. */
  remove(column: ComparisonColumn): void {
    const { queue, history, notices } = this.#parts;
    const before = this.columns;
    const takeAway = (): void => {
      queue.drop(this.captions.cardsOf(column.id));
      this.#change({ columns: this.columns.filter(({ id }) => id !== column.id) });
    };
    takeAway();
    const { title } = nameColumn(column, before, this.#parts.styles.all);
    const step = { label: `Column ${title} removed`, undo: () => this.#change({ columns: before }), redo: takeAway };
    history.add(step);
    notices.say({ title: step.label, acts: [{ label: 'Undo', run: () => history.undo(step) }] });
  }

  /** Has the missing captions written, by the one queue. */
  async write(): Promise<void> {
    const { model, queue } = this.#parts;
    await model.inspect();
    if (model.needsChoice) return;
    await model.open();
    await this.load();
    await this.#takeKnown();
    queue.add(this.captions.enter(makeWishes(this.#writable(), this.#rows, this.#parts)));
    queue.go();
  }

  /** Has captions of a column written anew: all, or those that failed. */
  async writeAgain(column: ComparisonColumn, which: 'all' | 'failed'): Promise<void> {
    const { model, queue } = this.#parts;
    const rows = new Set(this.#rows.map(({ id }) => id));
    await model.inspect();
    if (model.needsChoice) return;
    await model.open();
    if (this.troubleOf(column) !== undefined) return;
    await this.captions.forget(column.id, ({ file, error }) => rows.has(file) && (which === 'all' || error !== null));
    queue.add(this.captions.enter(makeWishes([column], this.#rows, this.#parts)));
    queue.go();
  }

  /** Whether a caption is the one that counts for its picture. */
  isInUse(card: Card, column: ComparisonColumn): boolean {
    const { author } = card;
    return author !== undefined && card.text === this.captionOf(card, column)?.text && isOfColumn(author, column);
  }

  /** Gives captions to their pictures as one step that can be undone; returns how many pictures changed. */
  use(label: string, chosen: readonly { readonly card: Card; readonly column: ComparisonColumn }[]): number {
    const { editing, queue, styles } = this.#parts;
    const changes = chosen.flatMap(({ card, column }): CardChange[] => {
      const text = this.captionOf(card, column)?.text;
      if (typeof text !== 'string') return [];
      return [{ card, after: withCaption(card.content, { text, author: authorOf(column, styles.all) }) }];
    });
    // What waits for another caption has one now.
    queue.drop(changes.map(({ card }) => card));
    return editing.apply(label, changes);
  }

  /** Notes whether captions are still to be written, to go on after a reload. */
  noteWriting(isWriting: boolean): void {
    this.#change({ isWriting });
  }

  async #loadCaptions(): Promise<void> {
    // Another tab may have added columns meanwhile.
    const { columns = [] } = (await this.#parts.records.load(recordId)) ?? {};
    const kept = new Set([...columns, ...this.columns].map(({ id }) => id));
    await this.captions.load((id) => kept.has(id));
    this.isLoaded = true;
  }

  #writable(): readonly ComparisonColumn[] {
    return this.columns.filter((column) => this.troubleOf(column) === undefined);
  }

  async #takeKnown(): Promise<void> {
    await this.captions.keep(findKnown(this.columns, this.#rows, this.captions));
  }

  #total(columnId: string): number {
    const { written, failed } = this.#counts.get(columnId) ?? { written: 0, failed: 0 };
    return written + failed;
  }

  #count({ id }: ComparisonColumn): ColumnCount {
    const captions = this.captions.of(id);
    let written = 0;
    let failed = 0;
    for (const card of this.#rows) {
      const caption = captions.get(card.id);
      if (caption === undefined) continue;
      if (caption.text === null) failed += 1;
      else written += 1;
    }
    return { written, failed };
  }

  #change(change: Partial<ComparisonRecord>): void {
    const before = this.#record;
    const mine = { ...before, ...change };
    this.#record = mine;
    // Another tab may have chosen meanwhile.
    const join = (stored = before): ComparisonRecord => joinComparisons({ before, mine, stored });
    const write = async (): Promise<void> => {
      this.#unwritten += 1;
      await this.#parts.records.update(recordId, join).finally(() => (this.#unwritten -= 1));
      if (this.#isBehind) await this.#hear();
    };
    void write().catch((error: unknown) => this.#parts.notices.tell(error));
  }

  /** Shows what another tab made of it; what was changed here meanwhile is put into that first. */
  async #hear(): Promise<void> {
    this.#isBehind = true;
    const stored = this.#unwritten === 0 ? await this.#parts.records.load(recordId) : undefined;
    if (this.#unwritten > 0 || stored === undefined) return;
    this.#isBehind = false;
    const kept = new Set(stored.columns.map(({ id }) => id));
    for (const { id } of this.columns) if (!kept.has(id)) this.#parts.queue.drop(this.captions.cardsOf(id));
    this.#record = { ...noComparison, ...stored };
  }
}
