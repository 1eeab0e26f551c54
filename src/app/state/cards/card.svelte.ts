/** @file One picture on the screen: its caption as it is written, its state, and what is known of both. */

import type { CaptionEvent, ErrorReport, ModelSummary } from '../../../../workers/api.ts';
import { addVersion, isSameVersion, type CaptionVersion } from '../../../core/dataset/edit/versions.ts';
import { captionOf, withCaption, type Author, type Caption, type ItemContent } from '../../../core/dataset/item.ts';
import { joinExisting, type ExistingPolicy } from '../../../core/dataset/template/existing-policy.ts';
import type { PictureSource } from '../../../storage/picture-files.ts';
import type { CaptionReport, CardDataset, CardRecord, CardState, PictureSize } from './card-record.ts';
import { toPlainError } from '../plain-error.ts';
import { fillDecoding, signDecoding, type Recipe } from '../queue/recipe.ts';
import { signOf } from '../styles/style-record.ts';

/** What belongs to the data set; it stays as the data set told it. */
export type CardPlace = Pick<CardDataset, 'path' | 'split' | 'sourceId' | 'metadata' | 'folderId'>;

const nowhere: CardPlace = { path: '', split: null, sourceId: null, metadata: {}, folderId: null };

/** What is kept of the model that wrote a caption. */
export type WritingModel = Pick<ModelSummary, 'name' | 'sha256' | 'defaults'>;

/** A picture with its caption. */
export class Card {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly sizeBytes: number;
  /** Where it lies, and what its data set says of it beyond captions and tags. */
  place = $state.raw<CardPlace>(nowhere);
  /** Where the bytes are; undefined until they are kept. */
  source: PictureSource | undefined;
  /** The file itself, in this visit only. */
  file: File | undefined;
  recipe: Recipe;
  /** What it is to be captioned with after `recipe`. */
  further: readonly Recipe[];
  /** Its place in the queue, the lowest first. */
  linePlace: number | undefined;

  state = $state<CardState>('waiting');
  /** Whether the queue is to caption it. */
  isQueued = $state(false);
  /** Captions and tags; the first caption is the one that counts. */
  content = $state.raw<ItemContent>(nothingSaid);
  /** Captions that it has or had, the newest first. */
  versions = $state.raw<readonly CaptionVersion[]>([]);
  /** The caption that a reviewer has accepted. */
  accepted = $state<string | undefined>(undefined);
  /** The caption in another style, to mark what differs; undefined shows none. */
  beside = $state.raw<string | undefined>(undefined);
  /** What is being written right now. */
  draft = $state('');
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
    this.further = record.further ?? [];
    this.linePlace = record.linePlace;
    this.state = record.state;
    this.isQueued = record.isQueued;
    const { content, versions, accepted, ...place } = record.dataset ?? datasetOf(record);
    this.accepted = accepted;
    this.place = place;
    this.content = content;
    this.versions = versions;
    this.size = record.size;
    this.report = record.report;
    this.error = record.error;
  }

  /** Takes what another tab made of it. */
  adopt(record: CardRecord): void {
    const { content, versions, accepted } = record.dataset ?? datasetOf(record);
    this.accepted = accepted;
    this.content = content;
    this.versions = versions;
    this.source = record.source ?? this.source;
    this.size = record.size ?? this.size;
    this.recipe = record.recipe;
    this.further = record.further ?? [];
    this.linePlace = record.linePlace;
    this.isQueued = record.isQueued;
    this.report = record.report;
    this.error = record.error;
    if (!this.isBusy) this.state = record.state;
  }

  /** The caption that counts; '' where there is none. */
  get text(): string {
    return captionOf(this.content);
  }

  /** Who wrote the caption that counts. */
  get author(): Author | undefined {
    return this.content.captions[0]?.author;
  }

  /** Whether a person's hand was in the caption: by typing, or by a change to many. */
  get isEdited(): boolean {
    return this.author?.kind === 'person' || this.author?.kind === 'rule';
  }

  /** Whether a reviewer has accepted the caption as it is. */
  get isAccepted(): boolean {
    return this.text !== '' && this.accepted === this.text;
  }

  /** Puts other captions and tags in place, and remembers the caption among its versions. */
  put(content: ItemContent): void {
    const [first] = content.captions;
    const [present] = this.content.captions;
    const isNew = first !== undefined && (present === undefined || !isSameVersion(first, present));
    if (isNew) this.versions = addVersion(this.versions, { ...first, atMs: Date.now() });
    this.content = content;
  }

  /** Width over height; 4:3 until it is known. */
  get proportion(): number {
    return this.size === undefined ? 4 / 3 : this.size.width / this.size.height;
  }

  /** Whether the model is at it. */
  get isBusy(): boolean {
    return this.state === 'looking' || this.state === 'writing';
  }

  /** Asks for one caption after the other, each with a recipe of its own. */
  ask([recipe, ...further]: readonly [Recipe, ...Recipe[]]): void {
    this.recipe = recipe;
    this.further = further;
  }

  /** Takes up the next recipe; false where there is none. */
  askNext(): boolean {
    const [next, ...further] = this.further;
    if (next === undefined) return false;
    this.ask([next, ...further]);
    return true;
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
  finish(event: Extract<CaptionEvent, { kind: 'done' }>, { name: modelName, sha256, defaults }: WritingModel): void {
    const { captions, timings, exactPrompt, width, height } = event;
    const recipe = $state.snapshot(this.recipe);
    const author: Author = {
      kind: 'model',
      model: modelName,
      ...signOf(this.recipe.style ?? null),
      prompt: this.recipe.prompt,
      ...signDecoding(recipe),
    };
    const written = captions.map(({ text }) => ({ text, author }));
    this.put({ ...this.content, captions: joinWritten(this.content, written, this.recipe.existing) });
    this.report = { captions, timings, exactPrompt, decoding: fillDecoding(recipe, defaults), modelName, modelSha256: sha256 };
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
      ...(this.linePlace === undefined ? {} : { linePlace: this.linePlace }),
      text: this.text,
      isEdited: this.isEdited,
      dataset: {
        ...this.place,
        content: this.content,
        versions: this.versions,
        ...(this.accepted === undefined ? {} : { accepted: this.accepted }),
      },
      report: this.report,
      recipe: $state.snapshot(this.recipe),
      ...(this.further.length === 0 ? {} : { further: $state.snapshot(this.further) }),
      error: this.error,
    };
  }
}

const nothingSaid: ItemContent = { captions: [], tags: [] };

/** Makes of a record without a data set what there would be with one. */
function datasetOf({ name, text, isEdited, report, recipe }: CardRecord): CardDataset {
  const author: Author =
    isEdited || report === undefined ? { kind: 'person' } : { kind: 'model', model: report.modelName, style: null, prompt: recipe.prompt };
  const content = text === '' ? nothingSaid : { captions: [{ text, author }], tags: [] };
  return { path: name, content, versions: [], split: null, sourceId: null, metadata: {}, folderId: null };
}

/** Further captions, as a data set's references are, stay behind a new first one; several new ones come in only where they were asked for. */
function joinWritten(content: ItemContent, written: readonly Caption[], policy: ExistingPolicy = 'overwrite'): readonly Caption[] {
  const [first] = written;
  if (first === undefined) return content.captions;
  switch (policy) {
    case 'alternative':
      return joinExisting(content, written, policy);
    case 'append':
    case 'prepend':
      return joinExisting(content, [first], policy);
    case 'skip':
    case 'overwrite':
    case 'context':
      return withCaption(content, first).captions.filter(({ text }, place) => place === 0 || text !== first.text);
    default:
      return policy satisfies never;
  }
}
