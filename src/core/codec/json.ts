/** @file JSON from files that are not trusted: a limit before anything is read, and no silent choice between two equal keys. */

import { StudioError } from '../error.ts';
import type { ByteSource } from './byte-source.ts';

/** A JSON object whose values have not been looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a whole source as one JSON object.
 *
 * @throws {StudioError} 'file-invalid' when it is larger than allowed, no UTF-8, no JSON, no object, or says something twice
 */
export async function readJsonObject(source: ByteSource, maxBytes: number): Promise<JsonObject> {
  if (source.byteLength > maxBytes) {
    throw new StudioError(
      'file-invalid',
      `${source.name}: ${String(source.byteLength)} bytes of JSON, at most ${String(maxBytes)} are read`,
      {
        details: { file: source.name },
      },
    );
  }
  return parseJsonObject(source.name, await source.slice(0, source.byteLength));
}

/**
 * Parses bytes as one JSON object.
 *
 * @throws {StudioError} 'file-invalid' when they are no UTF-8, no JSON, no object, or an object has a key twice
 */
export function parseJsonObject(name: string, bytes: Uint8Array): JsonObject {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('file-invalid', `${name}: is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      details: { file: name },
    });
  }
  if (!isJsonObject(value)) throw new StudioError('file-invalid', `${name}: an object in braces was expected`, { details: { file: name } });
  const twice = findDuplicateKey(text);
  if (twice !== null)
    throw new StudioError('file-invalid', `${name}: ${twice} stands there twice`, { details: { file: name, tensor: twice } });
  return value;
}

/** Tells whether a parsed value is an object, and neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shows a parsed value in a message, briefly however large or deep it is. */
export function showJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(showItem).join(',')}${value.length > 8 ? ',…' : ''}]`;
  return showItem(value);
}

function showItem(value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'number') return String(value); // JSON has no word for what 1e999 becomes
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  return JSON.stringify(typeof value === 'string' && value.length > 120 ? `${value.slice(0, 120)}…` : value);
}

const quote = 34;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;

/** Finds a key that one object of valid JSON has twice: JSON.parse would keep the last one without a word. */
function findDuplicateKey(text: string): string | null {
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === openBrace) open.push(new Set());
    else if (code === closeBrace) open.pop();
    else if (code === quote) {
      const start = i;
      for (i += 1; text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i += 1;
      if (!isKey(text, i + 1)) continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      const seen = open.at(-1);
      if (seen?.has(key) === true) return key;
      seen?.add(key);
    }
  }
  return null;
}

function isKey(text: string, afterQuote: number): boolean {
  let at = afterQuote;
  while (text.charCodeAt(at) <= 32) at += 1;
  return text[at] === ':';
}
