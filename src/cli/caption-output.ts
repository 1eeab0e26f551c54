/** @file Where captions go as they come: lines of a file or of the standard output, a COCO file, or sidecars beside the pictures. */

import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile, stat, truncate } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { parseCaptionFile } from '../core/dataset/caption-file.ts';
import { present, StudioError } from '../core/error.ts';
import type { CaptionOutcome } from '../engine/caption/captioner.ts';
import type { CaptionFlags } from './caption-flags.ts';
import { writeWhole } from './node-files.ts';
import type { PictureInput } from './picture-inputs.ts';
import { isSystemError, systemError } from './system-error.ts';

/** Takes captions one by one. */
export interface CaptionOutput {
  /** Gives the captions that a picture has already, or null where it has none. */
  existing(input: PictureInput): Promise<readonly string[] | null>;
  /** Writes what came out for a picture; when it resolves, a kill loses nothing of it. */
  write(input: PictureInput, captions: readonly string[], outcome: CaptionOutcome): Promise<void>;
  /** Writes what can be written only at the end. */
  close(): Promise<void>;
}

/**
 * Opens the output that the options mean.
 *
 * @throws {StudioError} 'argument-invalid' for a format that cannot go where it is sent
 */
export async function openOutput(flags: CaptionFlags, found: readonly PictureInput[]): Promise<CaptionOutput> {
  if (flags.format === 'txt') return sidecarOutput(flags.out, found);
  const known =
    flags.out === undefined || flags.existing === 'overwrite' ? new Map<string, readonly string[]>() : await readKnown(flags.out);
  if (flags.format === 'coco') return cocoOutput(flags.out, known);
  if (flags.out !== undefined && known.size > 0 && (flags.existing === 'append' || flags.existing === 'prepend')) {
    throw new StudioError(
      'argument-invalid',
      `--existing ${flags.existing}: goes with --format txt; lines of ${flags.format} that are written cannot be changed`,
    );
  }
  return lineOutput(flags, known);
}

/** Reads the captions that a file has already; a last row that was cut off by a kill or a full disk is done again. */
async function readKnown(path: string): Promise<Map<string, readonly string[]>> {
  const facts = await stat(path).catch(() => null);
  if (!facts) return new Map();
  if (facts.isDirectory()) throw new StudioError('argument-invalid', `${path}: is a folder; --out must name a file`);
  if (!facts.isFile()) return new Map(); // a pipe or device has nothing to read
  const text = await readFile(path, 'utf8');
  const whole = wholeRows(text);
  const records = whole.trim() === '' ? [] : parseCaptionFile(path, whole).records;
  if (whole !== text) await truncate(path, Buffer.byteLength(whole)); // only now is it known to be a file of captions
  return new Map(records.map((record) => [record.file, record.captions]));
}

/** Leaves out a last row without its end; other files than rows of ours stay as they are. */
function wholeRows(text: string): string {
  const isRows = /^(\{"file":|file,caption\n)/.test(text);
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

function lineOutput(flags: CaptionFlags, known: ReadonlyMap<string, readonly string[]>): CaptionOutput {
  const { out, format } = flags;
  const descriptor = out === undefined ? 1 : openLines(out, flags.existing === 'overwrite');
  const writeLine = (line: string): void => {
    writeAll(descriptor, `${line}\n`, out ?? 'standard output');
  };
  if (format === 'csv' && known.size === 0) writeLine('file,caption');
  return {
    existing: (input) => Promise.resolve(known.get(input.file) ?? null),
    write: (input, captions, outcome) => {
      if (format === 'csv') for (const caption of captions) writeLine(`${csvField(input.file)},${csvField(caption)}`);
      else writeLine(JSON.stringify(jsonRow(input, captions, outcome)));
      return Promise.resolve();
    },
    close: () => {
      if (out !== undefined) closeSync(descriptor);
      return Promise.resolve();
    },
  };
}

function openLines(path: string, isFresh: boolean): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, isFresh ? 'w+' : 'a+');
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(descriptor, '\n');
    return descriptor;
  } catch (cause) {
    throw systemError(cause, path);
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

function jsonRow(input: PictureInput, captions: readonly string[], outcome: CaptionOutcome): object {
  const rounded = (ms: number): number => Math.round(ms * 10) / 10;
  const ms = { vision: rounded(outcome.visionMs), prefill: rounded(outcome.prefillMs), decode: rounded(outcome.decodeMs) };
  const tokens = outcome.captions.reduce((sum, caption) => sum + caption.ids.length, 0);
  return { file: input.file, caption: captions[0] ?? '', ...(captions.length > 1 ? { captions } : {}), tokens, ms };
}

/** Quotes a field; one that a spreadsheet would compute gets an apostrophe in front. @source RFC 4180; OWASP, CSV injection */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function cocoOutput(out: string | undefined, known: ReadonlyMap<string, readonly string[]>): CaptionOutput {
  const captions = new Map(known);
  return {
    existing: (input) => Promise.resolve(known.get(input.file) ?? null),
    write: (input, texts) => {
      captions.set(input.file, [...texts]);
      return Promise.resolve();
    },
    close: async () => {
      const files = [...captions.keys()];
      const images = files.map((file, i) => ({ id: i + 1, file_name: file }));
      const annotations = files
        .flatMap((file, i) => (captions.get(file) ?? []).map((caption) => ({ image_id: i + 1, caption })))
        .map((row, i) => ({ id: i + 1, ...row }));
      const json = `${JSON.stringify({ images, annotations }, null, 1)}\n`;
      if (out === undefined) process.stdout.write(json);
      else await writeWhole(out, json);
    },
  };
}

/** Puts texts beside pictures; of two pictures that differ only in their ending, the later one's text keeps the whole name. */
function sidecarOutput(out: string | undefined, found: readonly PictureInput[]): CaptionOutput {
  const taken = new Map<string, string>();
  const used = new Set<string>();
  for (const input of found) {
    const whole = out === undefined ? input.path : join(out, input.file);
    if (whole === null) {
      throw new StudioError(
        'argument-invalid',
        `${input.file}: lies in an archive, beside which no text can be put; say a folder with --out`,
      );
    }
    const { dir, name } = parse(whole);
    const short = join(dir, `${name}.txt`);
    taken.set(input.file, used.has(short) ? `${whole}.txt` : short);
    used.add(short);
  }
  const sidecar = (input: PictureInput): string => present(taken.get(input.file), `no place for ${input.file}`);
  return {
    existing: async (input) => {
      const path = sidecar(input);
      if (!existsSync(path)) return null;
      const text = (await readFile(path, 'utf8')).trim();
      return text === '' ? null : [text];
    },
    write: (input, captions) => writeWhole(sidecar(input), `${captions.join('\n')}\n`),
    close: () => Promise.resolve(),
  };
}
