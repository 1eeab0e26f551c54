/** @file Tokenizers that do not come with the page: read from a tokenizer.json that the user gives, or fetched from a hub. */

import { StudioError } from '../../core/error.ts';

/** Counts the tokens of a text with the marks that are put around it. */
export type CountTokens = (text: string) => number;

/** Where T5's lies on a hub; all sizes of T5 share it. */
const t5Path = 'google-t5/t5-base/resolve/main/tokenizer.json';

/** A tokenizer.json is of a few megabytes; more is something else. @unit bytes */
const maxBytes = 64_000_000;

/**
 * Makes a counter of a tokenizer.json; the library is fetched when it is first wanted.
 *
 * @throws {StudioError} 'file-invalid' where it is none
 */
export async function openOwnTokenizer(json: string, name: string): Promise<CountTokens> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  try {
    const tokenizer = new Tokenizer(JSON.parse(json) as object, {});
    tokenizer.encode('a word'); // what is wrong shows now and not while captions are counted
    return (text) => tokenizer.encode(text, { add_special_tokens: true }).ids.length;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('file-invalid', `${name}: is no tokenizer.json that can be used (${reason})`, { cause });
  }
}

/** Asks a hub how large T5's tokenizer is; undefined where it does not say. @throws {StudioError} 'network' */
export async function sizeOfT5(host: string): Promise<number | undefined> {
  const response = await ask(host, { method: 'HEAD' });
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  return Number.isFinite(size) && size > 0 ? size : undefined;
}

/** Fetches T5's tokenizer from a hub. @throws {StudioError} 'network' */
export async function fetchT5(host: string): Promise<File> {
  const response = await ask(host, {});
  return new File([await response.blob()], 'T5 tokenizer.json', { type: 'application/json' });
}

/** Reads a file that is to be a tokenizer. @throws {StudioError} 'file-invalid' */
export async function readTokenizerFile(file: File): Promise<string> {
  if (file.size > maxBytes)
    throw new StudioError('file-invalid', `${file.name}: is too large for a tokenizer.json; was another file meant?`);
  return file.text();
}

async function ask(host: string, options: RequestInit): Promise<Response> {
  const response = await fetch(new URL(t5Path, `${host.replace(/\/+$/u, '')}/`), options).catch((cause: unknown) => {
    throw new StudioError('network', `${host}: T5’s tokenizer could not be fetched; choose its tokenizer.json from your disk instead`, {
      cause,
    });
  });
  if (!response.ok) {
    throw new StudioError(
      'network',
      `${host}: answered ${String(response.status)} for T5’s tokenizer; choose its tokenizer.json from your disk instead`,
    );
  }
  return response;
}
