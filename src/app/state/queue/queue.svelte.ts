/** @file The queue: hands pictures to the engine in jobs, can pause, stop, go on, and outlives a lost device. */

import type { ModelSummary } from '../../../../workers/api.ts';
import type { Card } from '../cards/card.svelte.ts';
import { jobSize, runJob } from './job.ts';
import { LayingOut } from './laying-out.svelte.ts';
import { Line } from './line.svelte.ts';
import { toPlainError } from '../plain-error.ts';
import type { QueueParts } from './queue-parts.ts';
import { answerFailure, followPhase, isActive, takeJob, wantsMore, type QueueEvent, type QueuePhase } from './queue-rules.ts';
import { fillDecoding } from './recipe.ts';
import { RunTally, type FinishedRun } from './run-tally.svelte.ts';
import { Turn } from './turn.svelte.ts';

/** The line of pictures that are to be captioned. */
export class Queue {
  phase = $state<QueuePhase>('idle');
  readonly #line = new Line();
  readonly #tally = new RunTally();
  /** The style that is put on the model before the first picture, where that takes long. */
  readonly layingOut = new LayingOut();
  #stop = new AbortController();
  #pause = new AbortController();
  /** Ends the job at work after the pictures that it is writing, so that the next one begins at the head of the line. */
  #makeWay = new AbortController();
  #work: Promise<void> = Promise.resolve();
  /** Its place behind another queue. */
  readonly turn: Turn;
  readonly #parts: QueueParts;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.turn = new Turn(parts.first, () => this.#makeWay.abort());
  }

  /** Whether work is under way. */
  get isActive(): boolean {
    return isActive(this.phase);
  }

  /** Captions that are still to be written: one for each picture of the line, or several where several are asked for. */
  get left(): number {
    return this.#line.captions;
  }

  /** Captions finished since the line was last empty. */
  get finished(): number {
    return this.#tally.finished;
  }

  /** Place of a picture among those that wait, from 1; undefined where it does not wait. */
  placeOf(card: Card): number | undefined {
    return this.#line.placeOf(card);
  }

  /** All captions of this run, finished or not. */
  get total(): number {
    return this.finished + this.left;
  }

  /** Tokens a second over the last pictures; of the last run when nothing runs. */
  get tokensPerSecond(): number | undefined {
    return this.#tally.tokensPerSecond;
  }

  /** Time until the line is empty, at the pace of the last pictures. @unit ms */
  get timeLeftMs(): number | undefined {
    return this.#tally.timeForMs(this.left);
  }

  /** Counts on from what an earlier visit has counted of its line. */
  takeUp(run: FinishedRun): void {
    this.#tally.takeUp(run);
  }

  /** Ends the count where nothing of an earlier visit's line is left. */
  closeWhenEmpty(): void {
    if (this.#line.size === 0 && !this.isActive) this.#finish();
  }

  /** Brings back the line of an earlier visit; it goes on if it was going. */
  restore(cards: readonly Card[], wasRunning: boolean): void {
    this.#welcome(this.#line.restore(cards.filter((card) => card.isQueued)));
    if (this.#line.size === 0) return;
    this.#follow('halted');
    if (wasRunning) this.go();
  }

  /** Puts pictures at the end of the line and starts, unless the user has halted it. */
  add(cards: readonly Card[]): void {
    const wasHalted = this.phase === 'halted';
    this.#enqueue(cards);
    if (wasHalted || this.#line.size === 0) return;
    this.go();
  }

  /** Puts pictures at the head of the line, those that wait already too, and starts. */
  addFirst(cards: readonly Card[]): void {
    this.#enqueue(cards);
    this.putFirst(cards);
    this.go();
  }

  /** Puts pictures of the line at its head; what is being written is finished first. */
  putFirst(cards: readonly Card[]): void {
    this.#moved(this.#line.putFirst(cards.filter((card) => !card.isBusy)));
  }

  /** Puts pictures of the line at its end. */
  putLast(cards: readonly Card[]): void {
    this.#moved(this.#line.putLast(cards.filter((card) => !card.isBusy)));
  }

  /** Takes pictures out of the line. */
  drop(cards: readonly Card[]): void {
    const gone = cards.filter((one) => this.#line.has(one));
    for (const card of gone) {
      card.isQueued = false;
      card.further = [];
      card.rest();
      this.#parts.library.save(card);
    }
    this.release(gone);
    if (gone.length > 0) this.#makeWay.abort(); // the job at work may hold some of them
  }

  /** Takes pictures out of the line that another tab has captioned or deleted; what is stored of them is that tab's. */
  release(cards: readonly Card[]): void {
    this.#line.remove(cards);
    if (this.#line.size === 0 && this.phase === 'halted') this.#finish();
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
    this.turn.tellStart();
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
    this.drop(this.#line.cards);
  }

  /** Notes that a picture cannot be captioned, and takes it out of the line. */
  fail(card: Card, error: unknown): void {
    card.fail(error);
    if (this.#line.has(card)) this.#leave(card, 0);
    else this.#parts.library.save(card);
    if (this.#line.size === 0 && this.phase === 'halted') this.#finish();
  }

  async #run(): Promise<void> {
    let reopenings = 0;
    this.#tally.begin();
    try {
      while (wantsMore(this.phase) && this.#line.size > 0) {
        const finishedBefore = this.finished;
        await this.turn.take(AbortSignal.any([this.#stop.signal, this.#pause.signal]));
        if (!wantsMore(this.phase)) break;
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
      this.#tally.endStretch();
      this.#noteCount();
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
    this.#makeWay = new AbortController();
    const cards = takeJob(this.#line.cards, ({ recipe }) => [fillDecoding(recipe, summary.defaults), recipe.style ?? null], jobSize);
    await runJob(cards, summary, this.#parts, {
      stop: this.#stop.signal,
      pause: AbortSignal.any([this.#pause.signal, this.#makeWay.signal]),
      onStart: () => this.#tally.beginStretch(),
      onLayingOut: (laid) => (laid === undefined ? this.layingOut.end() : this.layingOut.note(laid)),
      onDone: (card, tokens) => this.#leave(card, tokens),
      onFailure: (card, error) => this.fail(card, error),
    });
  }

  #leave(card: Card, tokens: number): void {
    this.#line.remove([card]);
    this.#tally.count(card, tokens);
    this.#noteCount();
    if (card.state === 'done' && card.askNext()) this.#enqueue([card]);
    else this.#parts.library.save(card);
  }

  #noteCount(): void {
    if (this.finished > 0) this.#parts.onCounted?.(() => this.#tally.read());
  }

  #enqueue(cards: readonly Card[]): void {
    this.#welcome(this.#line.add(cards));
  }

  #welcome(cards: readonly Card[]): void {
    for (const card of cards) {
      card.wait();
      this.#parts.library.save(card);
    }
  }

  #moved(cards: readonly Card[]): void {
    for (const card of cards) this.#parts.library.save(card);
    if (cards.length > 0) this.#makeWay.abort();
  }

  #settle(): void {
    if (this.#line.size === 0) this.#finish();
    else if (this.phase !== 'halted') this.#follow('halted');
  }

  #finish(): void {
    const run = this.#tally.close();
    if (run.pictures > 0) this.#parts.onDrained?.(run);
    this.#follow('drained');
  }

  #follow(event: QueueEvent): void {
    this.phase = followPhase(this.phase, event);
    const wasRunning = wantsMore(this.phase);
    if (wasRunning !== this.#parts.settings.now.wasRunning) this.#parts.settings.change({ wasRunning });
  }
}
