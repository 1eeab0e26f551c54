/** @file One picture on the screen: its caption as it is written, its state, and what is known of both. */

import type { CaptionEvent, ErrorReport } from '../../../workers/api.ts';
import type { PictureSource } from '../../storage/picture-files.ts';
import type { CaptionReport, CardRecord, CardState, PictureSize } from './card-record.ts';
import { toPlainError } from './plain-error.ts';
import type { Recipe } from './recipe.ts';

/** A picture with its caption. */
export class Card {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly sizeBytes: number;
  /** Where the bytes are; undefined until they are kept. */
  source: PictureSource | undefined;
  /** The file itself, in this visit only. */
  file: File | undefined;
  recipe: Recipe;

  state = $state<CardState>('waiting');
  /** Whether the queue is to caption it. */
  isQueued = $state(false);
  /** The caption that counts: written by the model, or by the user. */
  text = $state('');
  /** What is being written right now. */
  draft = $state('');
  isEdited = $state(false);
  size = $state.raw<PictureSize | undefined>(undefined);
  report = $state.raw<CaptionReport | undefined>(undefined);
  error = $state.raw<ErrorReport | undefined>(undefined);
  /** An address of the small picture while someone looks at it. */
  thumbnailUrl = $state<string | undefined>(undefined);

  /** An address of the picture itself while it is shown large. */
  largeUrl = $state<string | undefined>(undefined);

  constructor(record: CardRecord, file?: File) {
    this.id = record.id;
    this.name = record.name;
    this.order = record.order;
    this.sizeBytes = record.sizeBytes;
    this.source = record.source;
    this.file = file;
    this.recipe = record.recipe;
    this.state = record.state;
    this.isQueued = record.isQueued;
    this.text = record.text;
    this.isEdited = record.isEdited;
    this.size = record.size;
    this.report = record.report;
    this.error = record.error;
  }

  /** Width over height; 4:3 until it is known. */
  get proportion(): number {
    return this.size === undefined ? 4 / 3 : this.size.width / this.size.height;
  }

  /** Whether the model is at it. */
  get isBusy(): boolean {
    return this.state === 'looking' || this.state === 'writing';
  }

  /** Enters the line. */
  wait(): void {
    this.state = 'waiting';
    this.error = undefined;
    this.draft = '';
    this.isQueued = true;
  }

  /** Leaves the line without a new caption; one from before counts again. */
  rest(): void {
    this.draft = '';
    if (this.state === 'failed') return;
    this.state = this.text === '' || this.isQueued ? 'waiting' : 'done';
  }

  /** Takes the finished caption. */
  finish(event: Extract<CaptionEvent, { kind: 'done' }>, modelName: string): void {
    const { captions, timings, exactPrompt, width, height } = event;
    this.text = captions[0]?.text ?? '';
    this.isEdited = false;
    this.report = { captions, timings, exactPrompt, modelName };
    this.size ??= { width, height };
    this.error = undefined;
    this.draft = '';
    this.isQueued = false;
    this.state = 'done';
  }

  /** Notes what went wrong. */
  fail(error: unknown): void {
    this.state = 'failed';
    this.draft = '';
    this.isQueued = false;
    this.error = toPlainError(error);
  }

  /** What to store; a card in the middle of writing is stored as one that waits. */
  toRecord(): CardRecord {
    return {
      id: this.id,
      name: this.name,
      order: this.order,
      sizeBytes: this.sizeBytes,
      source: this.source,
      size: this.size,
      state: this.state === 'done' || this.state === 'failed' ? this.state : 'waiting',
      isQueued: this.isQueued,
      text: this.text,
      isEdited: this.isEdited,
      report: this.report,
      recipe: $state.snapshot(this.recipe),
      error: this.error,
    };
  }
}
