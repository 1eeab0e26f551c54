/** @file Captions as lines: how a row is written, and files that grow by whole lines. */

import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StudioError } from '../../core/error.ts';
import type { CaptionOutcome } from '../../engine/caption/captioner.ts';
import { makeFolder } from '../make-folder.ts';
import { isSystemError, systemError, writeError } from '../system-error.ts';

/** A row of captions as JSON lines hold it. */
export interface CaptionRow {
  readonly file: string;
  /** The first caption. */
  readonly caption: string;
  /** All captions, where there are several. */
  readonly captions?: readonly string[];
  /** Tokens that the model wrote for this picture. */
  readonly tokens: number;
  /** A picture's share of its batch. @unit ms */
  readonly ms: { readonly vision: number; readonly prefill: number; readonly decode: number };
}

/** Makes the row of a picture. */
export function captionRow(file: string, captions: readonly string[], outcome: CaptionOutcome): CaptionRow {
  const rounded = (ms: number): number => Math.round(ms * 10) / 10;
  const ms = { vision: rounded(outcome.visionMs), prefill: rounded(outcome.prefillMs), decode: rounded(outcome.decodeMs) };
  const tokens = outcome.captions.reduce((sum, caption) => sum + caption.ids.length, 0);
  return { file, caption: captions[0] ?? '', ...(captions.length > 1 ? { captions } : {}), tokens, ms };
}

/** What a table of captions begins with. */
export const csvHeader = 'file,caption';

/** Writes one caption as a row of a table. */
export function csvLine(file: string, caption: string): string {
  return `${csvField(file)},${csvField(caption)}`;
}

/** Quotes a field; one that a spreadsheet would compute gets an apostrophe in front. @source RFC 4180; OWASP, CSV injection */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Reads a file of rows of ours, and takes away a last row that was cut off by a kill or a full disk; '' where there is no file.
 *
 * @param check throws where the text is something else, which is then left as it is
 */
export async function readWholeRows(path: string, check: (text: string) => void): Promise<string> {
  const facts = await stat(path).catch(() => null);
  if (!facts) return '';
  if (facts.isDirectory()) throw new StudioError('argument-invalid', `${path}: is a folder; --out must name a file`);
  if (!facts.isFile()) return ''; // a pipe or device has nothing to read
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw systemError(cause, path);
  });
  const whole = wholeRows(text);
  if (whole.trim() !== '') check(whole);
  if (whole !== text) await truncate(path, Buffer.byteLength(whole));
  return whole;
}

/** Leaves out a last row without its end; other files than rows of ours stay as they are. */
function wholeRows(text: string): string {
  const isRows = /^(\{"file":|\{"existing":|file,caption\n)/.test(text);
  const end = text.lastIndexOf('\n') + 1;
  return !isRows || isJson(text.slice(end)) ? text : text.slice(0, end);
}

/** Editors leave out the last end of line; a row that is whole without it counts. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A file, or the standard output, that grows by whole lines; what was written before a kill stays. */
export interface LineFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens a file for more lines, with its folder; the standard output where there is no path.
 *
 * @throws {StudioError} 'permission', 'file-invalid' and what else the system refuses
 */
export function openLineFile(path: string | undefined, isFresh: boolean): LineFile {
  const descriptor = path === undefined ? 1 : openAtEnd(path, isFresh);
  return {
    write: (line) => {
      writeAll(descriptor, `${line}\n`, path ?? 'standard output');
    },
    close: () => {
      if (path !== undefined) closeSync(descriptor);
    },
  };
}

function openAtEnd(path: string, isFresh: boolean): number {
  try {
    makeFolder(dirname(path));
    const descriptor = openSync(path, isFresh ? 'w+' : 'a+');
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(descriptor, '\n');
    return descriptor;
  } catch (cause) {
    throw writeError(cause, path);
  }
}

/** A pipe may take less than it is given at once. */
function writeAll(descriptor: number, text: string, place: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (isSystemError(error) && error.code === 'EAGAIN') continue;
      throw isSystemError(error) && error.code === 'EPIPE' ? error : systemError(error, place);
    }
  }
}
