/** @file Counts tokens as trainers of image models will: CLIP's encoder reads 77, T5's 256, and they drop the rest. */

import { clipTokenLimit, createClipTokenizer } from '../../../core/text/clip/clip-tokens.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { fetchClipMerges } from '../../intake/clip-merges.ts';
import { openOwnTokenizer, type CountTokens } from '../../intake/own-tokenizer.ts';

/** A tokenizer that the user has given, and which counter is chosen. */
export interface TokenCounterRecord {
  readonly chosen: 'clip' | 'own';
  readonly own: OwnTokenizer | undefined;
}

/** A tokenizer that the user has given. */
export interface OwnTokenizer {
  /** As it is shown: `T5`. */
  readonly name: string;
  readonly json: string;
  /** So many tokens are read. */
  readonly limit: number;
}

/** So many are read by the T5 of most image models. */
export const t5TokenLimit = 256;

const recordId = 'counter';

/** The counter; what it needs is fetched or read when it is first wanted. */
export class TokenCount {
  #record = $state.raw<TokenCounterRecord>({ chosen: 'clip', own: undefined });
  #count = $state.raw<CountTokens | undefined>(undefined);
  #loading: Promise<void> | undefined;
  readonly #records: RecordStore<TokenCounterRecord>;

  constructor(records: RecordStore<TokenCounterRecord>) {
    this.#records = records;
  }

  /** Which counter counts. */
  get chosen(): 'clip' | 'own' {
    return this.#record.chosen;
  }

  /** The tokenizer that the user has given. */
  get own(): OwnTokenizer | undefined {
    return this.#record.own;
  }

  /** Whose tokens are counted. */
  get name(): string {
    return this.chosen === 'own' ? (this.own?.name ?? 'CLIP') : 'CLIP';
  }

  /** So many tokens are read. */
  get limit(): number {
    return this.chosen === 'own' ? (this.own?.limit ?? clipTokenLimit) : clipTokenLimit;
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
    const count = await openOwnTokenizer(own.json, own.name);
    await this.#keep({ chosen: 'own', own });
    this.#loading = Promise.resolve();
    this.#count = count;
  }

  /** Chooses whose tokens are counted. @throws {StudioError} as `prepare` does */
  async choose(chosen: 'clip' | 'own'): Promise<void> {
    if (chosen === this.chosen || (chosen === 'own' && this.own === undefined)) return;
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

  async #open(): Promise<CountTokens> {
    const { own } = this;
    if (this.chosen === 'own' && own !== undefined) return openOwnTokenizer(own.json, own.name);
    return createClipTokenizer(await fetchClipMerges()).count;
  }

  async #keep(record: TokenCounterRecord): Promise<void> {
    this.#record = record;
    await this.#records.save(recordId, record);
  }
}
