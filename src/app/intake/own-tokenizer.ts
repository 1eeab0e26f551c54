/** @file Tokenizers that do not come with the page: read from a tokenizer.json that the user gives, or fetched from a hub. */

import { StudioError } from '../../core/error.ts';

/** Counts the tokens of a text with the marks that are put around it. */
export type CountTokens = (text: string) => number;

/**
 * Where T5's lies, for all its sizes and for version 1.1, whose own places have spiece.model only: the same pieces with the same numbers.
 *
 * @source https://huggingface.co/google-t5/t5-base: tokenizer.json of 1,389,353 bytes
 */
export const t5HubId = 'google-t5/t5-base';

/** Where a tokenizer is asked for. */
export interface HubPlace {
  /** With its scheme. */
  readonly host: string;
  /** `owner/name` or `owner/name@revision`. */
  readonly id: string;
  /** Sent to this hub alone; '' where there is none. */
  readonly token: string;
}

/** Vocabularies of 150,000 tokens with merges take about 12 MB; more is something else. @unit bytes */
const maxBytes = 64_000_000;

/**
 * Makes a counter of a tokenizer.json and its config; the library is fetched when it is first wanted.
 *
 * @throws {StudioError} 'file-invalid' where it is none
 */
export async function openOwnTokenizer(json: string, name: string, config = '{}'): Promise<CountTokens> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  try {
    const tokenizer = new Tokenizer(JSON.parse(json) as object, JSON.parse(config) as object);
    tokenizer.encode('a word'); // what is wrong shows now and not while captions are counted
    return (text) => tokenizer.encode(text, { add_special_tokens: true }).ids.length;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('file-invalid', `${name}: is no tokenizer.json that can be used (${reason})`, { cause });
  }
}

/** Asks a hub how large a tokenizer is; undefined where it does not say. @throws {StudioError} 'network', 'argument-invalid' */
export async function sizeOnHub(place: HubPlace): Promise<number | undefined> {
  const response = await ask(place, 'HEAD');
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  return Number.isFinite(size) && size > 0 ? size : undefined;
}

/** Fetches a tokenizer from a hub. @throws {StudioError} 'network', 'argument-invalid', 'file-invalid' */
export async function fetchFromHub(place: HubPlace): Promise<string> {
  const response = await ask(place, 'GET');
  return readTokenizerFile(new File([await response.blob()], `${place.id}, tokenizer.json`));
}

/** Reads a file that is to be a tokenizer. @throws {StudioError} 'file-invalid' */
export async function readTokenizerFile(file: File): Promise<string> {
  if (file.size > maxBytes)
    throw new StudioError('file-invalid', `${file.name}: is too large for a tokenizer.json; was another file meant?`);
  return file.text();
}

async function ask({ host, id, token }: HubPlace, method: 'GET' | 'HEAD'): Promise<Response> {
  const { name, revision = 'main' } = /^(?<name>[\w.-]+\/[\w.-]+)(?:@(?<revision>[\w./-]+))?$/u.exec(id)?.groups ?? {};
  if (name === undefined || id.includes('..')) {
    throw new StudioError('argument-invalid', `${id === '' ? 'Nothing' : id}: is no hub id; say owner/name, such as ${t5HubId}`);
  }
  const headers: HeadersInit = token === '' ? {} : { authorization: `Bearer ${token}` };
  const url = new URL(`${name}/resolve/${revision}/tokenizer.json`, `${host}/`);
  const response = await fetch(url, { method, headers }).catch((cause: unknown) => {
    throw new StudioError(
      'network',
      `${host}: could not be reached for the tokenizer of ${id}; choose a tokenizer.json from your disk instead`,
      {
        cause,
      },
    );
  });
  if (!response.ok) throw new StudioError('network', `${host}: ${sayAnswer(response.status, id)}`);
  return response;
}

function sayAnswer(status: number, id: string): string {
  if (status === 401 || status === 403)
    return `does not give ${id} to everybody; say a token below, or choose a tokenizer.json from your disk`;
  if (status === 404) return `${id} has no tokenizer.json, or does not exist; T5’s lies at ${t5HubId}`;
  return `answered ${String(status)} for the tokenizer of ${id}; try again later, or choose a tokenizer.json from your disk`;
}
