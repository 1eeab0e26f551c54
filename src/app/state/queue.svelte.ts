/** @file The queue: hands pictures to the engine in jobs, can pause, stop, go on, and outlives a lost device. */

import type { AdapterChoice } from '../../../workers/adapters-api.ts';
import type { CaptionEvent, ModelSummary, PictureRequest } from '../../../workers/api.ts';
import type { Studio } from '../studio.ts';
import type { Card } from './card.svelte.ts';
import { subjectOf } from './dataset-items.ts';
import type { Library } from './library.svelte.ts';
import type { Model } from './model.svelte.ts';
import type { NoticeAct, Notices } from './notices.svelte.ts';
import { toPlainError } from './plain-error.ts';
import type { ItemContent } from '../../core/dataset/item.ts';
import { StudioError, type StudioErrorCode } from '../../core/error.ts';
import { answerFailure, followPhase, isActive, takeJob, wantsMore, type QueueEvent, type QueuePhase } from './queue-rules.ts';
import { addFinished, timeLeftMs, tokensPerSecond, type Finished } from './rate.ts';
import { fillDecoding, fillPrompt, type Recipe } from './recipe.ts';

/** Where cards are found, read and written down: the library, or another room's own. */
export type CardShelf = Pick<Library, 'find' | 'read' | 'save'>;

/** Remembers whether work was under way. */
export interface RunMemory {
  readonly now: { readonly wasRunning: boolean };
  change(changes: { readonly wasRunning: boolean }): void;
}

/** What came of a line. */
export interface FinishedRun {
  readonly pictures: number;
  readonly failed: number;
  readonly tokens: number;
  /** Time in which something was under way. @unit ms */
  readonly elapsedMs: number;
}

/** What the queue works with. */
export interface QueueParts {
  readonly studio: Studio;
  readonly library: CardShelf;
  readonly model: Model;
  readonly settings: RunMemory;
  readonly notices: Notices;
  /** What can be done about an error that halts the queue. */
  readonly actsFor: (code: StudioErrorCode) => readonly NoticeAct[];
  /** Puts a style on; without it captions are the model's own. */
  readonly wear?: (style: Recipe['style']) => Promise<readonly AdapterChoice[]>;
  /** Hears of a line that was worked off to its end. */
  readonly onDrained?: (run: FinishedRun) => void;
  /** Hears of a caption that took the place of another. */
  readonly onRewritten?: (card: Card, before: ItemContent) => void;
}

/** Pictures that one job is given: enough for the engine to choose its batches, few enough to open at once. */
const jobSize = 64;

const emptyRun = { failed: 0, tokens: 0, elapsedMs: 0 } as const;

/** The line of pictures that are to be captioned. */
export class Queue {
  phase = $state<QueuePhase>('idle');
  /** Pictures that wait or are being written. */
  left = $state(0);
  /** Pictures finished since the line was last empty. */
  finished = $state(0);
  #last = $state.raw<readonly Finished[]>([]);
  readonly #line = new Set<Card>();
  /** What each picture of the job at work was asked for in. */
  readonly #asked = new Map<string, Recipe>();
  #lastSpeed = $state<number | undefined>(undefined);
  #tally: Omit<FinishedRun, 'pictures'> = emptyRun;
  #stop = new AbortController();
  #pause = new AbortController();
  #work: Promise<void> = Promise.resolve();
  readonly #parts: QueueParts;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Whether work is under way. */
  get isActive(): boolean {
    return isActive(this.phase);
  }

  /** All pictures of this run, finished or not. */
  get total(): number {
    return this.finished + this.left;
  }

  /** Tokens a second over the last pictures; of the last run when nothing runs. */
  get tokensPerSecond(): number | undefined {
    return tokensPerSecond(this.#last) ?? this.#lastSpeed;
  }

  /** Time until the line is empty, at the pace of the last pictures. @unit ms */
  get timeLeftMs(): number | undefined {
    return timeLeftMs(this.#last, this.left);
  }

  /** Brings back the line of an earlier visit; it goes on if it was going. */
  restore(cards: readonly Card[], wasRunning: boolean): void {
    this.#enqueue(cards.filter((card) => card.isQueued));
    if (this.left === 0) return;
    this.#follow('halted');
    if (wasRunning) this.go();
  }

  /** Puts pictures at the end of the line and starts, unless the user has halted it. */
  add(cards: readonly Card[]): void {
    const wasHalted = this.phase === 'halted';
    this.#enqueue(cards);
    if (wasHalted || this.left === 0) return;
    this.go();
  }

  /** Takes pictures out of the line. */
  drop(cards: readonly Card[]): void {
    for (const card of cards.filter((one) => this.#line.has(one))) {
      card.isQueued = false;
      card.rest();
      this.#parts.library.save(card);
    }
    this.release(cards);
  }

  /** Takes pictures out of the line that another tab has captioned or deleted; what is stored of them is that tab's. */
  release(cards: readonly Card[]): void {
    for (const card of cards) this.#line.delete(card);
    this.left = this.#line.size;
    if (this.left === 0 && this.phase === 'halted') this.#finish();
  }

  /** Starts or goes on. */
  go(): void {
    if (this.#line.size === 0 || this.isActive) return;
    if (this.#parts.model.needsChoice) {
      this.#follow('halted');
      return;
    }
    this.#stop = new AbortController();
    this.#pause = new AbortController();
    this.#follow('go');
    this.#work = this.#run();
  }

  /** Finishes the pictures that are being written, then halts. */
  pause(): void {
    this.#follow('pause');
    this.#pause.abort();
  }

  /** Halts within one token. */
  stop(): void {
    this.#follow('stop');
    this.#stop.abort();
  }

  /** Halts within one token and resolves when nothing is under way any more. */
  async halt(): Promise<void> {
    this.stop();
    await this.#work;
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Halts and empties the line; captions that are there stay. */
  clear(): void {
    this.stop();
    this.drop([...this.#line]);
  }

  /** Notes that a picture cannot be captioned, and takes it out of the line. */
  fail(card: Card, error: unknown): void {
    card.fail(error);
    if (this.#line.has(card)) this.#leave(card, 0);
    else this.#parts.library.save(card);
    if (this.left === 0 && this.phase === 'halted') this.#finish();
  }

  async #run(): Promise<void> {
    let reopenings = 0;
    const startMs = performance.now();
    try {
      while (wantsMore(this.phase) && this.#line.size > 0) {
        const finishedBefore = this.finished;
        try {
          const summary = await this.#open();
          if (summary === undefined) break;
          await this.#runJob(summary);
        } catch (error) {
          if (this.finished > finishedBefore) reopenings = 0;
          if (answerFailure(toPlainError(error).code, reopenings) === 'halt') throw error;
          reopenings += 1;
          this.#parts.model.forget();
          this.#parts.notices.say({ tone: 'attention', title: 'The GPU went away', text: 'The model is opened again; nothing is lost.' });
        }
      }
    } catch (error) {
      this.#follow('halted');
      const { code } = toPlainError(error);
      if (code === 'device-lost') this.#parts.model.forget();
      if (code !== 'cancelled') this.#parts.notices.tell(error, this.#parts.actsFor(code));
    } finally {
      this.#tally = { ...this.#tally, elapsedMs: this.#tally.elapsedMs + performance.now() - startMs };
      this.#settle();
    }
  }

  /** Opens the model; undefined when the user has to choose first, or has stopped meanwhile. */
  async #open(): Promise<ModelSummary | undefined> {
    const { model } = this.#parts;
    await model.inspect();
    if (model.needsChoice) return undefined;
    const summary = await model.open();
    this.#follow('opened');
    return this.phase === 'running' ? summary : undefined;
  }

  async #runJob(summary: ModelSummary): Promise<void> {
    const cards = takeJob(this.#line, ({ recipe }) => [fillDecoding(recipe, summary.defaults), recipe.style ?? null], jobSize);
    const pictures = await this.#openPictures(cards);
    const [first] = pictures;
    if (first === undefined || this.phase !== 'running') return;
    const requests = pictures.map(({ request }) => request);
    const decoding = fillDecoding(first.card.recipe, summary.defaults);
    const adapters = (await this.#parts.wear?.(first.card.recipe.style)) ?? [];
    const before = this.#line.size;
    this.#asked.clear();
    for (const { card } of pictures) this.#asked.set(card.id, card.recipe);
    // Speed counts from where work begins: pictures of one batch finish together, so their distance says nothing.
    if (this.#last.length === 0) this.#last = addFinished([], { atMs: performance.now(), tokens: 0 });
    try {
      const job = { pictures: requests, decoding, adapters, stop: this.#stop.signal, pause: this.#pause.signal };
      const result = await this.#parts.studio.caption(job, (event) => this.#take(event, summary));
      if (result.end === 'finished' && result.pictures === 0 && this.#line.size >= before && wantsMore(this.phase)) {
        throw new StudioError('internal', 'queue: a job finished without finishing any of its pictures; try again');
      }
    } finally {
      for (const { card } of pictures) if (card.isBusy) card.rest();
    }
  }

  /** Pictures whose bytes can be read; those that are gone fail by name, a refused access halts the queue. */
  async #openPictures(cards: readonly Card[]): Promise<readonly { card: Card; request: PictureRequest }[]> {
    const open: { card: Card; request: PictureRequest }[] = [];
    for (const card of cards) {
      try {
        const file = await this.#parts.library.read(card);
        open.push({ card, request: { id: card.id, name: card.name, file, prompt: fillPrompt(card.recipe, subjectOf(card)) } });
      } catch (error) {
        if (toPlainError(error).code === 'permission') throw error;
        this.fail(card, error);
      }
    }
    return open;
  }

  #take(event: CaptionEvent, model: ModelSummary): void {
    const card = this.#parts.library.find(event.id);
    // A card that was deleted or taken out of the line meanwhile has no use for its caption.
    if (card === undefined || !card.isQueued) return;
    switch (event.kind) {
      case 'looking':
        card.state = 'looking';
        card.draft = '';
        return;
      case 'writing':
        card.state = 'writing';
        card.draft = event.text;
        return;
      case 'done': {
        if (JSON.stringify(card.recipe) !== JSON.stringify(this.#asked.get(card.id))) {
          card.wait(); // asked for otherwise meanwhile: the next job writes it
          return;
        }
        const before = card.content;
        card.finish(event, model);
        if (before.captions.length > 0) this.#parts.onRewritten?.(card, before);
        this.#leave(
          card,
          event.captions.reduce((sum, caption) => sum + caption.tokenCount, 0),
        );
        return;
      }
      case 'failed':
        this.fail(card, new StudioError(event.error.code, event.error.message));
        return;
      default:
        event satisfies never;
    }
  }

  #leave(card: Card, tokens: number): void {
    this.#line.delete(card);
    this.left = this.#line.size;
    this.finished += 1;
    this.#tally = { ...this.#tally, failed: this.#tally.failed + (card.state === 'failed' ? 1 : 0), tokens: this.#tally.tokens + tokens };
    this.#last = addFinished(this.#last, { atMs: performance.now(), tokens });
    this.#parts.library.save(card);
  }

  #enqueue(cards: readonly Card[]): void {
    for (const card of cards) {
      if (this.#line.has(card)) continue;
      card.wait();
      this.#line.add(card);
      this.#parts.library.save(card);
    }
    this.left = this.#line.size;
  }

  #settle(): void {
    // Clocks of different runs do not add up.
    this.#lastSpeed = this.tokensPerSecond;
    this.#last = [];
    if (this.#line.size === 0) this.#finish();
    else if (this.phase !== 'halted') this.#follow('halted');
  }

  #finish(): void {
    if (this.finished > 0) this.#parts.onDrained?.({ ...this.#tally, pictures: this.finished });
    this.#tally = emptyRun;
    this.finished = 0;
    this.#follow('drained');
  }

  #follow(event: QueueEvent): void {
    this.phase = followPhase(this.phase, event);
    const wasRunning = wantsMore(this.phase);
    if (wasRunning !== this.#parts.settings.now.wasRunning) this.#parts.settings.change({ wasRunning });
  }
}
