/** @file The whole screen's state in one object, and the acts that touch more than one part of it. */

import type { ItemContent } from '../../core/dataset/item.ts';
import type { StudioErrorCode } from '../../core/error.ts';
import { openModelsThread } from '../models.ts';
import type { Stores } from '../stores.ts';
import type { Studio } from '../studio.ts';
import { readHash, writeHash } from './address.ts';
import { readBack, takeUp, type ReadBack } from './come-back.ts';
import { Bin } from './dataset/bin.svelte.ts';
import { CaptionScoring } from './evaluate/caption-scores.svelte.ts';
import type { Card } from './cards/card.svelte.ts';
import { Autosave, type AutosaveParts } from './dataset/autosave.svelte.ts';
import { Comparison } from './compare/comparison.svelte.ts';
import { EditLog } from './dataset/edit-log.svelte.ts';
import { Editing } from './dataset/editing.svelte.ts';
import { Importing } from './dataset/importing.svelte.ts';
import { Gallery } from './cards/gallery.svelte.ts';
import { History } from './history.svelte.ts';
import { Library } from './cards/library.svelte.ts';
import { LookOver } from './dataset/look-over.svelte.ts';
import { joinShelves } from './cards/join-shelves.ts';
import { chooseBackend } from './models/model-choice.ts';
import { Model } from './models/model.svelte.ts';
import { Models } from './models/models.svelte.ts';
import { Notices, type NoticeAct } from './notices.svelte.ts';
import type { Overlay } from './overlay.ts';
import { codeOf } from './plain-error.ts';
import { Prompting } from './prompt/prompting.svelte.ts';
import { tellTrouble } from './prompt/tell-trouble.ts';
import type { QueueParts } from './queue/queue-parts.ts';
import { Queue } from './queue/queue.svelte.ts';
import { Review } from './dataset/review.svelte.ts';
import { RunReports } from './queue/run-reports.svelte.ts';
import type { FinishedRun } from './queue/run-tally.svelte.ts';
import { TokenCount } from './dataset/token-count.svelte.ts';
import { actsForError } from './error-acts.ts';
import { Settings } from './settings.svelte.ts';
import { Sharing } from './queue/sharing.svelte.ts';
import { ShippedStyles } from './styles/shipped-styles.svelte.ts';
import { Styles } from './styles/styles.svelte.ts';
import { Thumbnails } from './cards/thumbnails.svelte.ts';
import { sayRun } from './queue/say-run.ts';
import { SystemCaptions } from './compare/system-captions.svelte.ts';

const firstRoom = 'caption';

/** The screen's state. */
export class Workspace {
  readonly settings: Settings;
  readonly notices = new Notices();
  readonly history = new History();
  readonly models: Models;
  readonly model: Model;
  readonly bin: Bin;
  readonly library: Library;
  readonly thumbnails: Thumbnails;
  readonly queue: Queue;
  readonly reports: RunReports;
  readonly gallery: Gallery;
  readonly prompting: Prompting;
  readonly log: EditLog;
  readonly editing: Editing;
  readonly lookOver: LookOver;
  readonly scoring: CaptionScoring;
  readonly review: Review;
  readonly tokenCount: TokenCount;
  readonly sharing = new Sharing();
  readonly importing: Importing;
  readonly autosave: Autosave;
  readonly styles: Styles;
  readonly shipped: ShippedStyles;
  readonly comparison: Comparison;
  room = $state(firstRoom);
  overlay = $state<Overlay | undefined>(undefined);
  /** The panel as a sheet, on narrow screens. */
  isSheetOpen = $state(false);
  /** Pictures that are tried once more since the line was last empty. */
  readonly #retried = new Set<string>();
  /** What earlier visits left, while it is read. */
  #reading: Promise<ReadBack> | undefined;
  /** For rooms with work of their own. */
  readonly studio: Studio;
  /** For rooms that keep by name what lies there. */
  readonly stores: Stores;

  constructor(studio: Studio, stores: Stores) {
    this.studio = studio;
    this.stores = stores;
    this.settings = new Settings(stores.settings);
    this.models = new Models({ thread: openModelsThread(), settings: this.settings, notices: this.notices });
    this.model = new Model(studio, this.settings, () => this.models.chosenSource());
    const onTrouble = (error: unknown): void => void this.notices.tell(error);
    this.bin = new Bin({ records: stores.bin, files: stores.files, thumbnails: stores.thumbnails, onTrouble });
    this.library = new Library({ records: stores.cards, files: stores.files, notices: this.notices, bin: this.bin });
    const { library, model, settings, notices } = this;
    this.log = new EditLog({ records: stores.edits, onLost: (ids) => this.bin.destroy(ids), onTrouble });
    const onRestored = (cards: readonly Card[]): void => this.queue.add(cards.filter((card) => card.isQueued));
    const onRemoved = (cards: readonly Card[]): void => this.#leave(cards);
    this.editing = new Editing({ library, log: this.log, history: this.history, notices, onRestored, onRemoved });
    const onRewritten = (card: Card, before: ItemContent): void => this.editing.noteRewritten(card, before);
    this.styles = new Styles({ studio, records: stores.styles, settings, notices, history: this.history });
    this.shipped = new ShippedStyles(this.styles);
    const wear: NonNullable<QueueParts['wear']> = (style) => this.styles.wear(style);
    const ways = { goOn: () => this.queue.go(), allow: () => this.allowAccess(), useWasm: () => chooseBackend(this, 'wasm') };
    this.reports = new RunReports(stores.reports);
    const onDrained = (run: FinishedRun): void => {
      this.reports.finish(run);
      sayRun(run, this, this.#retried);
      this.#retried.clear();
    };
    const actsFor = (code: StudioErrorCode): readonly NoticeAct[] => actsForError(code, { ...ways, isOnWasm: model.backend === 'wasm' });
    const onWaiting = (isWaiting: boolean): void => this.comparison.noteWriting(isWaiting);
    const captions = new SystemCaptions({ notices, records: stores.comparisonCaptions, onWaiting });
    stores.comparisonCaptions.watch((change) => void captions.hear(change).catch(onTrouble));
    this.queue = new Queue({
      wear,
      studio,
      library: joinShelves(library, captions),
      model,
      settings,
      notices,
      onRewritten,
      onCounted: (read) => this.reports.noteGoing(read),
      onDrained,
      actsFor,
    });
    const onFailure = (card: Card, error: unknown): void => this.queue.fail(card, error);
    this.thumbnails = new Thumbnails({ studio, library, records: stores.thumbnails, onFailure });
    this.importing = new Importing({
      files: stores.files,
      folders: stores.folders,
      stamps: stores.stamps,
      cards: () => library.cards.filter((card) => !library.isComing(card)),
    });
    const apply: AutosaveParts['apply'] = (label, changes) => void this.editing.apply(label, changes);
    this.autosave = new Autosave({ ...stores, library, notices, apply, show: () => void (this.overlay = 'autosave') });
    this.tokenCount = new TokenCount(stores.counter);
    this.lookOver = new LookOver({ studio, library, tokens: this.tokenCount });
    this.scoring = new CaptionScoring({ records: stores.scores, cards: () => library.cards, onTrouble });
    this.gallery = new Gallery(library, settings, {
      flagsOf: (card) => this.lookOver.flagsOf(card).map(({ name }) => name),
      marksOf: (card) => this.lookOver.marksOf(card),
      countTokens: (card) => this.tokenCount.count(card.text),
      scoresOf: (card) => this.scoring.of(card),
    });
    this.review = new Review(library, this.gallery);
    const { editing, gallery, history, queue, styles } = this;
    const shared = { queue, library, gallery, editing, history, notices, model, styles };
    this.comparison = new Comparison({ records: stores.comparisons, captions, ...shared });
    this.prompting = new Prompting({ studio, model, settings, style: () => this.styles.wanted });
  }

  /** Brings everything back; what fails is told and the rest works on. @param isAlone false where another tab works on the same pictures */
  async start(hash: string, isAlone = true): Promise<void> {
    this.#reading = readBack(this, () => {
      this.goTo(hash);
    });
    const back = await this.#reading;
    this.#reading = undefined;
    this.library.watch({
      onChanged: (changed) => this.queue.release(changed.filter((card) => !card.isQueued)),
      onRemoved: (removed) => this.#leave(removed),
    });
    await takeUp(this, { ...back, isAlone });
  }

  /** The address of this place. */
  get hash(): string {
    const view = this.room === firstRoom && this.comparison.isOpen ? 'compare' : undefined;
    return writeHash({ room: this.room, view, picture: this.gallery.openId, selected: [...this.gallery.selectedIds] });
  }

  /** Goes to a place that the address names. */
  goTo(hash: string): void {
    if (hash === this.hash) return;
    const place = readHash(hash, firstRoom);
    this.room = place.room;
    if (place.view === 'compare') this.comparison.open();
    else this.comparison.isOpen = false;
    this.gallery.openId = place.picture;
    this.gallery.selectedIds.clear();
    for (const id of place.selected) this.gallery.selectedIds.add(id);
  }

  /** Captions pictures with the settings of now; their old captions can be brought back. */
  captionAgain(cards: readonly Card[], { isFirst = false }: { readonly isFirst?: boolean } = {}): void {
    const { recipe } = this.prompting;
    const wanted = recipe.existing === 'skip' ? cards.filter(({ text }) => text === '') : cards;
    if (wanted.length === 0 && cards.length > 0) {
      this.notices.say({ title: 'All of them have a caption', text: 'The panel says to leave such pictures alone: change it there.' });
      return;
    }
    tellTrouble(this);
    this.editing.closeRun();
    for (const card of wanted) card.ask([recipe]);
    const { open } = this.gallery;
    // Who looks at a picture waits for it, not for the thousands behind it.
    if (isFirst || (open !== undefined && wanted.length === 1 && wanted[0] === open)) this.queue.addFirst(wanted);
    else this.queue.add(wanted);
    this.queue.go();
  }

  /** Tries failed pictures once more, from their first step. */
  retry(cards: readonly Card[]): void {
    for (const { id } of cards) this.#retried.add(id);
    this.queue.add(cards);
    this.thumbnails.make(cards.filter((card) => card.size === undefined));
    this.queue.go();
  }

  /** Deletes pictures, with a way back. */
  remove(cards: readonly Card[]): void {
    const { open } = this.gallery;
    const isOpenGone = open !== undefined && cards.includes(open);
    const next = isOpenGone ? (this.gallery.neighbour(open.id, 1) ?? open) : undefined;
    const after = next === open ? this.gallery.neighbour(open?.id, -1) : next;
    this.editing.remove(cards);
    if (after !== undefined && !cards.includes(after)) this.gallery.openId = after.id;
  }

  /** Lets go of cards that are gone; in the bin they are still marked as queued, for the case that they come back. */
  #leave(cards: readonly Card[]): void {
    this.queue.release(cards);
    this.gallery.leave(cards);
    this.thumbnails.leave(cards);
  }

  /** Takes the newest step back and says which. */
  undo(): void {
    this.#onceRead(() => {
      const step = this.history.undo();
      this.notices.say({ title: step === undefined ? 'Nothing to undo' : `Undone: ${step.label.toLowerCase()}` });
    });
  }

  /** Does the step again that was undone last and says which. */
  redo(): void {
    this.#onceRead(() => {
      const step = this.history.redo();
      this.notices.say({ title: step === undefined ? 'Nothing to do again' : `Done again: ${step.label.toLowerCase()}` });
    });
  }

  /** Pictures show before the steps of earlier visits are read; who takes one back then waits for them. */
  #onceRead(act: () => void): void {
    if (this.#reading === undefined) act();
    else void this.#reading.then(act);
  }

  /** Asks the browser for the user's files again and goes on. */
  async allowAccess(): Promise<void> {
    await this.tryOrTell(async () => {
      const sources = this.library.cards.flatMap((card) => card.source ?? []);
      if (await this.stores.files.requestAccess(sources)) this.queue.go();
    });
  }

  /** Writes down now what is not yet. */
  async flush(): Promise<void> {
    await Promise.all([this.library.flush(), this.log.flush(), this.reports.flush()]);
  }

  /** Does something that may fail and tells when it does; what was stopped by hand needs no telling. */
  async tryOrTell(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (codeOf(error) !== 'cancelled') this.notices.tell(error);
    }
  }

  /** Closes the topmost thing; returns whether something was open. */
  closeTopmost(): boolean {
    if (this.overlay !== undefined) this.overlay = undefined;
    else if (this.isSheetOpen) this.isSheetOpen = false;
    else if (this.room !== firstRoom)
      return this.notices.closeNewest(); // what is chosen elsewhere is not seen here
    else if (this.gallery.openId !== undefined) this.gallery.openId = undefined;
    else if (this.comparison.isOpen) this.comparison.isOpen = false;
    else if (this.gallery.selectedIds.size > 0) this.gallery.clearSelection();
    else if (this.gallery.isFiltered) this.gallery.clearFilter();
    else return this.notices.closeNewest();
    return true;
  }
}
