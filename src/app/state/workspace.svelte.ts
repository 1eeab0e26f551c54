/** @file The whole screen's state in one object, and the acts that touch more than one part of it. */

import type { ItemContent } from '../../core/dataset/item.ts';
import type { StudioErrorCode } from '../../core/error.ts';
import type { Backend } from '../../../workers/api.ts';
import { fetchPicture } from '../intake/address-picture.ts';
import { readFiles, type Intake } from '../intake/drop.ts';
import { fetchSamples } from '../intake/samples.ts';
import { copyText, saveText } from '../intake/take-out.ts';
import { openModelsThread } from '../models.ts';
import type { PictureFiles } from '../../storage/picture-files.ts';
import type { Stores } from '../stores.ts';
import type { Studio } from '../studio.ts';
import { readHash, writeHash } from './address.ts';
import { toJsonLines, toPlainLines } from './captions-file.ts';
import type { Card } from './card.svelte.ts';
import { EditLog } from './edit-log.svelte.ts';
import { Exporting } from './exporting.svelte.ts';
import { Editing } from './editing.svelte.ts';
import { Importing } from './importing.svelte.ts';
import { Gallery } from './gallery.svelte.ts';
import { History } from './history.svelte.ts';
import { Library } from './library.svelte.ts';
import { LookOver } from './look-over.svelte.ts';
import { Model } from './model.svelte.ts';
import { embeddedId, type ModelEntry } from './model-entry.ts';
import { Models } from './models.svelte.ts';
import { Notices, type NoticeAct } from './notices.svelte.ts';
import { Prompting } from './prompting.svelte.ts';
import { Queue, type QueueParts, type FinishedRun } from './queue.svelte.ts';
import { Review } from './review.svelte.ts';
import { TokenCount } from './token-count.svelte.ts';
import { actsForError } from './error-acts.ts';
import { Settings } from './settings.svelte.ts';
import { restyle } from './restyle.ts';
import { Styles } from './styles.svelte.ts';
import { Thumbnails } from './thumbnails.svelte.ts';
import { sayRun } from './say-run.ts';
import { sayImport } from './say-import.ts';
import { sayCount } from './words.ts';

/** Windows that lie over the page, one at a time. */
export type Overlay = 'palette' | 'keys' | 'address' | 'model' | 'preset' | 'import' | 'filters' | 'clean' | 'export' | 'look-over';

const firstRoom = 'caption';

/** The screen's state. */
export class Workspace {
  readonly settings: Settings;
  readonly notices = new Notices();
  readonly history = new History();
  readonly models: Models;
  readonly model: Model;
  readonly library: Library;
  readonly thumbnails: Thumbnails;
  readonly queue: Queue;
  readonly gallery: Gallery;
  readonly prompting: Prompting;
  readonly log: EditLog;
  readonly editing: Editing;
  readonly lookOver: LookOver;
  readonly review: Review;
  readonly tokenCount = new TokenCount();
  readonly importing: Importing;
  readonly styles: Styles;
  room = $state(firstRoom);
  overlay = $state<Overlay | undefined>(undefined);
  /** The panel as a sheet, on narrow screens. */
  isSheetOpen = $state(false);
  /** For rooms with work of their own. */
  readonly studio: Studio;
  readonly #stores: Stores;

  constructor(studio: Studio, stores: Stores) {
    this.studio = studio;
    this.#stores = stores;
    this.settings = new Settings(stores.settings);
    this.models = new Models({ thread: openModelsThread(), settings: this.settings, notices: this.notices });
    this.model = new Model(studio, this.settings, () => this.models.chosenSource());
    this.library = new Library({ records: stores.cards, files: stores.files, notices: this.notices, history: this.history });
    const { library, model, settings, notices } = this;
    this.log = new EditLog(stores.edits, (error) => notices.tell(error));
    this.editing = new Editing({ library, log: this.log, history: this.history, notices });
    const onRewritten = (card: Card, before: ItemContent): void => this.editing.noteRewritten(card, before);
    this.styles = new Styles({ studio, records: stores.styles, settings, notices, history: this.history });
    const wear: NonNullable<QueueParts['wear']> = (style) => this.styles.wear(style);
    const ways = { goOn: () => this.queue.go(), allow: () => this.allowAccess(), useWasm: () => this.chooseBackend('wasm') };
    const onDrained = (run: FinishedRun): void => void sayRun(run, this);
    const actsFor = (code: StudioErrorCode): readonly NoticeAct[] => actsForError(code, { ...ways, isOnWasm: model.backend === 'wasm' });
    this.queue = new Queue({ wear, studio, library, model, settings, notices, onRewritten, onDrained, actsFor });
    const onFailure = (card: Card, error: unknown): void => this.queue.fail(card, error);
    this.thumbnails = new Thumbnails({ studio, library, records: stores.thumbnails, onFailure });
    this.importing = new Importing({ files: stores.files, folders: stores.folders, stamps: stores.stamps, cards: () => library.cards });
    this.lookOver = new LookOver(studio, library);
    this.gallery = new Gallery(library, settings, {
      flagsOf: (card) => this.lookOver.flagsOf(card).map(({ name }) => name),
      marksOf: (card) => this.lookOver.marksOf(card),
      countTokens: (card) => this.tokenCount.count(card.text),
    });
    this.review = new Review(library, this.gallery);
    this.prompting = new Prompting({ studio, model, settings, style: () => this.styles.wanted });
  }

  /** Brings everything back; what fails is told and the rest works on. @param isAlone false where another tab works on the same pictures */
  async start(hash: string, isAlone = true): Promise<void> {
    await this.settings.load().catch((error: unknown) => this.notices.tell(error));
    const { wasRunning } = this.settings.now;
    this.goTo(hash);
    await this.styles.load().catch((error: unknown) => this.notices.tell(error));
    await this.library.load().catch((error: unknown) => this.notices.tell(error));
    await this.editing.load().catch((error: unknown) => this.notices.tell(error));
    this.library.watch({
      onChanged: (changed) => this.queue.release(changed.filter((card) => !card.isQueued)),
      onRemoved: (removed) => {
        this.queue.release(removed);
        this.gallery.leave(removed);
      },
    });
    const { cards } = this.library;
    this.thumbnails.make(cards.filter((card) => card.size === undefined && card.state !== 'failed'));
    this.queue.restore(cards, wasRunning && isAlone);
    if (isAlone) {
      await this.library.tidy().catch((error: unknown) => this.notices.tell(error));
      await this.thumbnails.removeOthers().catch(() => undefined);
    } else if (cards.length > 0) {
      this.notices.say({
        title: 'The studio is open in another tab',
        text: 'What one changes shows in the other. The queue runs only where you start it.',
      });
    }
  }

  /** Looks at the machine; a page that has pictures already opens the model right away. */
  async prepare(): Promise<void> {
    try {
      await this.#findModel();
      await this.model.inspect();
      if (this.library.cards.length > 0 && this.model.backend !== undefined) await this.model.open();
    } catch (error) {
      // The queue tells of it when something is to be captioned; until then nobody has asked.
      if (this.queue.left === 0) return;
      this.notices.tell(error);
    }
  }

  /** The gallery's files, for rooms that keep by name what lies there. */
  get pictureFiles(): PictureFiles {
    return this.#stores.files;
  }

  /** The address of this place. */
  get hash(): string {
    return writeHash({ room: this.room, picture: this.gallery.openId, selected: [...this.gallery.selectedIds] });
  }

  /** Goes to a place that the address names. */
  goTo(hash: string): void {
    if (hash === this.hash) return;
    const place = readHash(hash, firstRoom);
    this.room = place.room;
    this.gallery.openId = place.picture;
    this.gallery.selectedIds.clear();
    for (const id of place.selected) this.gallery.selectedIds.add(id);
  }

  /** Adds what came in and starts to caption it. */
  take(intake: Intake | undefined): void {
    if (intake === undefined) return;
    if (intake.address !== undefined) void this.addAddress(intake.address).catch((error: unknown) => this.notices.tell(error));
    else if (intake.pictures.length + intake.others.length === 0) {
      this.notices.say({ title: 'There are no pictures in it', text: 'JPEG, PNG, WebP, AVIF, GIF and BMP are taken.' });
    }
    const isDataset = intake.others.length > 0 || intake.pictures.some(({ root }) => root !== undefined);
    if (isDataset) void this.tryOrTell(() => this.#takeDataset(intake));
    else this.#takeCards(this.library.add(intake.pictures, this.prompting.recipe));
  }

  async #takeDataset(intake: Intake): Promise<void> {
    const outcome = await this.importing.read(intake);
    this.#takeCards(this.library.addDataset(outcome.pictures, this.prompting.recipe));
    const changed = this.editing.apply('Captions read from a file', outcome.changes);
    this.notices.say({ ...sayImport(outcome, changed), acts: [{ label: 'Details', run: () => void (this.overlay = 'import') }] });
  }

  #takeCards(cards: readonly Card[]): void {
    this.thumbnails.make(cards);
    this.queue.add(cards.filter((card) => card.state !== 'done'));
  }

  /** Adds a picture from the web. @throws {StudioError} 'argument-invalid', 'network' or 'picture-invalid' */
  async addAddress(address: string): Promise<void> {
    this.take(readFiles([await fetchPicture(address)]));
  }

  /** Adds the samples. Where a choice is due, this click is it: the notice beside it says so. */
  async trySamples(): Promise<void> {
    if (this.model.machine === undefined) await this.model.inspect().catch(() => undefined);
    if (this.model.needsChoice) await this.model.choose('wasm');
    await this.tryOrTell(async () => this.take(readFiles(await fetchSamples())));
  }

  /** Chooses where to compute and goes on with what waits. */
  async chooseBackend(backend: Backend): Promise<void> {
    await this.queue.halt();
    await this.tryOrTell(() => this.model.choose(backend));
    if (this.queue.left > 0) this.queue.go();
    else if (this.library.cards.length > 0) await this.prepare();
  }

  /** A model that was held in memory, or that another tab removed, is not here any more. */
  async #findModel(): Promise<void> {
    if (this.models.chosenId === embeddedId) return;
    await this.models.read();
    if (this.models.chosen !== undefined) return;
    this.settings.change({ modelId: embeddedId });
    this.notices.say({
      title: 'The chosen model is not here any more',
      text: 'The one that comes with the page is in use; choose another in Models.',
    });
  }

  /** Chooses the model to caption with, with its own prompt where it has one, and goes on with what waits. */
  async chooseModel(id: string): Promise<void> {
    if (id === this.models.chosenId) return;
    await this.queue.halt();
    this.settings.change({ modelId: id });
    const prompt = this.models.chosen?.note.prompt;
    if (prompt !== undefined) this.prompting.write(prompt);
    await this.tryOrTell(() => this.model.close());
    if (this.queue.left > 0) this.queue.go();
    else await this.prepare();
  }

  /** Deletes a model; where it was in use, the one that comes with the page takes its place. */
  async removeModel(entry: ModelEntry): Promise<void> {
    const isChosen = this.models.chosenId === entry.id;
    if (isChosen) await this.queue.halt();
    await this.models.remove(entry);
    if (!isChosen) return;
    await this.model.close();
    this.notices.say({ title: `${entry.name} is gone`, text: 'The model that comes with the page is in use again.' });
  }

  /** Captions pictures with the settings of now; their old captions can be brought back. */
  captionAgain(cards: readonly Card[]): void {
    const { recipe } = this.prompting;
    const wanted = recipe.existing === 'skip' ? cards.filter(({ text }) => text === '') : cards;
    if (wanted.length === 0 && cards.length > 0) {
      this.notices.say({ title: 'All of them have a caption', text: 'The panel says to leave such pictures alone: change it there.' });
      return;
    }
    this.editing.closeRun();
    for (const card of wanted) card.recipe = recipe;
    this.queue.add(wanted);
    this.queue.go();
  }

  /** Chooses a style; captions of the chosen pictures that were written in it come back at once, the others are written. */
  chooseStyle(id: string | undefined): void {
    this.styles.choose(id);
    const { open, selected } = this.gallery;
    const { known, unknown } = restyle(open === undefined ? selected : [open], this.styles.wanted, this.editing);
    // What waits for another style has its caption now.
    this.queue.drop(known);
    if (unknown.length > 0) this.captionAgain(unknown);
  }

  /** Tries failed pictures once more, from their first step. */
  retry(cards: readonly Card[]): void {
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
    const queued = cards.filter((card) => card.isQueued);
    this.queue.drop(cards);
    this.gallery.leave(cards);
    if (after !== undefined && !cards.includes(after)) this.gallery.openId = after.id;
    this.library.remove(cards, {
      undone: () => this.queue.add(queued),
      forgotten: () => void this.thumbnails.remove(cards).catch((error: unknown) => this.notices.tell(error)),
    });
  }

  /** Takes the newest step back and says which. */
  undo(): void {
    const step = this.history.undo();
    this.notices.say({ title: step === undefined ? 'Nothing to undo' : `Undone: ${step.label.toLowerCase()}` });
  }

  /** Does the step again that was undone last and says which. */
  redo(): void {
    const step = this.history.redo();
    this.notices.say({ title: step === undefined ? 'Nothing to do again' : `Done again: ${step.label.toLowerCase()}` });
  }

  /** Puts captions on the clipboard: one picture's alone, several with their names. */
  async copyCaptions(cards: readonly Card[]): Promise<void> {
    const [only] = cards;
    const text = cards.length === 1 ? (only?.text ?? '') : toPlainLines(cards);
    if (text === '') return;
    const count = cards.filter((card) => card.text !== '').length;
    await this.tryOrTell(async () => {
      await copyText(text);
      this.notices.say({ title: cards.length === 1 ? 'Caption copied' : `${sayCount(count, 'caption')} copied` });
    });
  }

  /** Begins an export of cards. */
  openExport(cards: readonly Card[]): Exporting {
    return new Exporting(cards, { library: this.library, folders: this.#stores.folders, stamps: this.#stores.stamps });
  }

  /** Saves captions as JSON lines. */
  saveCaptions(cards: readonly Card[]): void {
    saveText('captions.jsonl', toJsonLines(cards), 'application/jsonl');
  }

  /** Asks the browser for the user's files again and goes on. */
  async allowAccess(): Promise<void> {
    await this.tryOrTell(async () => {
      const sources = this.library.cards.flatMap((card) => card.source ?? []);
      if (await this.#stores.files.requestAccess(sources)) this.queue.go();
    });
  }

  /** Writes down now what is not yet. */
  async flush(): Promise<void> {
    await Promise.all([this.library.flush(), this.log.flush()]);
  }

  /** Does something that may fail and tells when it does. */
  async tryOrTell(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.notices.tell(error);
    }
  }

  /** Closes the topmost thing; returns whether something was open. */
  closeTopmost(): boolean {
    if (this.overlay !== undefined) this.overlay = undefined;
    else if (this.isSheetOpen) this.isSheetOpen = false;
    else if (this.gallery.openId !== undefined) this.gallery.openId = undefined;
    else if (this.gallery.selectedIds.size > 0) this.gallery.clearSelection();
    else if (this.gallery.isFiltered) this.gallery.clearFilter();
    else return this.notices.closeNewest();
    return true;
  }
}
