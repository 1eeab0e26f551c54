/** @file Counts tokens as those will who read the captions: CLIP's encoder reads 77, T5's 256, and they drop the rest; or as the open model does. */

import type { TokenizerFiles } from '../../../../workers/api.ts';
import { clipTokenLimit, createClipTokenizer } from '../../../core/text/clip/clip-tokens.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { fetchClipMerges } from '../../intake/clip-merges.ts';
import { openOwnTokenizer, type CountTokens } from '../../intake/own-tokenizer.ts';

/** Whose tokens are counted: CLIP's, those of a tokenizer that the user has given, or of a model that was open. */
export type CounterKind = 'clip' | 'own' | 'model';

/** Which counter is chosen, and what was given. */
export interface TokenCounterRecord {
  readonly chosen: CounterKind;
  readonly own: OwnTokenizer | undefined;
  /** Of the model that was open when it was chosen; absent in records of earlier versions. */
  readonly model?: OwnTokenizer;
}

/** A tokenizer that does not come with the page. */
export interface OwnTokenizer {
  /** As it is shown: `T5`. */
  readonly name: string;
  readonly json: string;
  /** tokenizer_config.json, where there is one. */
  readonly config?: string;
  /** So many tokens are read. */
  readonly limit: number;
}

/** So many are read by the T5 of most image models. */
export const t5TokenLimit = 256;

const recordId = 'counter';

/** The counter; what it needs is fetched or read when it is first wanted. */
export class TokenCount {
  /** A file that was dropped for the window that takes tokenizers; it lies here until that window is there and takes it up. */
  offered = $state.raw<File | undefined>(undefined);
  #record = $state.raw<TokenCounterRecord>({ chosen: 'clip', own: undefined });
  #count = $state.raw<CountTokens | undefined>(undefined);
  #loading: Promise<void> | undefined;
  readonly #records: RecordStore<TokenCounterRecord>;

  constructor(records: RecordStore<TokenCounterRecord>) {
    this.#records = records;
  }

  /** Which counter counts. */
  get chosen(): CounterKind {
    return this.#record.chosen;
  }

  /** The tokenizer that the user has given. */
  get own(): OwnTokenizer | undefined {
    return this.#record.own;
  }

  /** The tokenizer that was taken from a model. */
  get model(): OwnTokenizer | undefined {
    return this.#record.model;
  }

  /** Whose tokens are counted. */
  get name(): string {
    return this.#given?.name ?? 'CLIP';
  }

  /** So many tokens are read. */
  get limit(): number {
    return this.#given?.limit ?? clipTokenLimit;
  }

  /** Brings back what was chosen. */
  async load(): Promise<void> {
    this.#record = (await this.#records.load(recordId)) ?? this.#record;
  }

  /** Makes the counter ready. @throws {StudioError} 'network', 'file-invalid' */
  prepare(): Promise<void> {
    this.#loading ??= this.#open().then(
      (count) => {
        this.#count = count;
      },
      (error: unknown) => {
        this.#loading = undefined; // the next one tries again
        throw error;
      },
    );
    return this.#loading;
  }

  /** Tokens of a text with the marks around it; null until the counter is ready. */
  count(text: string): number | null {
    return this.#count?.(text) ?? null;
  }

  /** Takes a tokenizer.json and counts with it from now on. @throws {StudioError} 'file-invalid', and then nothing has changed */
  async take(own: OwnTokenizer): Promise<void> {
    await this.#use(own, { ...this.#record, chosen: 'own', own });
  }

  /** Counts as a model does from now on, also when another is open. @throws {StudioError} 'file-invalid', and then nothing has changed */
  async takeModel(name: string, { json, config }: TokenizerFiles, limit: number): Promise<void> {
    const model = { name, json, config, limit };
    await this.#use(model, { ...this.#record, chosen: 'model', model });
  }

  /** Chooses whose tokens are counted, of those that are here. @throws {StudioError} as `prepare` does */
  async choose(chosen: CounterKind): Promise<void> {
    if (chosen === this.chosen || (chosen !== 'clip' && this.#record[chosen] === undefined)) return;
    await this.#keep({ ...this.#record, chosen });
    this.#loading = undefined;
    this.#count = undefined;
    await this.prepare();
  }

  /** Sets how many tokens the own one reads. */
  async setLimit(limit: number): Promise<void> {
    const { own } = this;
    if (own !== undefined && Number.isInteger(limit) && limit > 0) await this.#keep({ ...this.#record, own: { ...own, limit } });
  }

  get #given(): OwnTokenizer | undefined {
    const { chosen } = this;
    return chosen === 'clip' ? undefined : this.#record[chosen];
  }

  async #use(given: OwnTokenizer, record: TokenCounterRecord): Promise<void> {
    const count = await openOwnTokenizer(given.json, given.name, given.config);
    await this.#keep(record);
    this.#loading = Promise.resolve();
    this.#count = count;
  }

  async #open(): Promise<CountTokens> {
    const given = this.#given;
    if (given !== undefined) return openOwnTokenizer(given.json, given.name, given.config);
    return createClipTokenizer(await fetchClipMerges()).count;
  }

  async #keep(record: TokenCounterRecord): Promise<void> {
    this.#record = record;
    await this.#records.save(recordId, record);
  }
}
