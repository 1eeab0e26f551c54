/** @file Counts tokens as trainers of image models will: CLIP's encoder reads 77 and drops the rest. */

import { clipTokenLimit, createClipTokenizer, type ClipTokenizer } from '../../core/text/clip/clip-tokens.ts';
import { fetchClipMerges } from '../intake/clip-merges.ts';

/** The counter; its list of half a megabyte is fetched when it is first wanted. */
export class TokenCount {
  /** So many tokens are read. */
  readonly limit = clipTokenLimit;
  #tokenizer = $state.raw<ClipTokenizer | undefined>(undefined);
  #loading: Promise<void> | undefined;

  /** Makes the counter ready. @throws {StudioError} 'network' */
  prepare(): Promise<void> {
    this.#loading ??= fetchClipMerges().then(
      (merges) => {
        this.#tokenizer = createClipTokenizer(merges);
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
    return this.#tokenizer?.count(text) ?? null;
  }
}
