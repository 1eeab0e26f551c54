/** @file The list of merges of CLIP's tokenizer, which comes with the page and is fetched when tokens are first counted. */

import { StudioError } from '../../core/error.ts';

/** Fetches the list. @throws {StudioError} 'network' */
export async function fetchClipMerges(): Promise<string> {
  const response = await fetch(new URL('tokenizers/clip/merges.txt', document.baseURI)).catch((cause: unknown) => {
    throw new StudioError('network', 'the tokenizer of CLIP could not be fetched from where the studio came from', { cause });
  });
  if (!response.ok) throw new StudioError('network', `the tokenizer of CLIP: the host answered ${String(response.status)}`);
  return response.text();
}
