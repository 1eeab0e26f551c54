/**
 * @file Outputs that are a file as a whole: COCO, and rows that get more captions. New captions go to a journal beside the file as they come; the file
 * itself changes once, when all are there, so that a kill loses nothing and leaves no half.
 */

import { rm } from 'node:fs/promises';
import { parseCaptionRows, readCaptionRow } from '../../core/dataset/caption-rows.ts';
import { StudioError } from '../../core/error.ts';
import type { CaptionFlags } from './caption-flags.ts';
import { captionRow, csvHeader, csvLine, openLineFile, readWholeRows, type CaptionRow, type LineFile } from './caption-lines.ts';
import type { CaptionOutput } from './caption-output-contract.ts';
import { writeWhole } from '../node-files.ts';

/** What is in the file before the run. */
export interface KnownCaptions {
  /** The file's text; '' where it is to be started anew. */
  readonly text: string;
  readonly captions: ReadonlyMap<string, readonly string[]>;
}

/**
 * Opens an output that is written as a whole; what a stopped run with the same options has left in the journal counts as done.
 *
 * @throws {StudioError} 'argument-invalid' when the journal is of a run with other options
 */
export async function mergedOutput(out: string | undefined, flags: CaptionFlags, known: KnownCaptions): Promise<CaptionOutput> {
  const rows = new Map<string, CaptionRow>();
  const journal = out === undefined ? null : await openJournal(`${out}.part`, flags, rows);
  return {
    isDone: (input) => rows.has(input.file),
    existing: (input) => Promise.resolve(known.captions.get(input.file) ?? null),
    write: (input, captions, outcome) => {
      const row = captionRow(input.file, captions, outcome);
      journal?.write(JSON.stringify(row));
      rows.set(input.file, row);
      return Promise.resolve();
    },
    close: async (isWhole) => {
      journal?.close();
      if (out !== undefined && !isWhole) {
        if (rows.size === 0) await rm(`${out}.part`, { force: true });
        return; // the same command goes on from the journal
      }
      const text = mergedText(flags.format, known, rows);
      if (out === undefined) process.stdout.write(text);
      else {
        await writeWhole(out, text);
        await rm(`${out}.part`, { force: true });
      }
    },
  };
}

async function openJournal(path: string, flags: CaptionFlags, rows: Map<string, CaptionRow>): Promise<LineFile> {
  const head = JSON.stringify({ existing: flags.existing, format: flags.format });
  const text = await readWholeRows(path, (whole) => {
    const [first = '', ...lines] = whole.split('\n');
    if (first !== head) {
      throw new StudioError(
        'argument-invalid',
        `${path}: is what a stopped run with other --existing or --format left (${first}); finish that run with its options, or delete the file`,
      );
    }
    parseCaptionRows(path, lines.join('\n')); // names the line that is broken
  });
  for (const line of text.split('\n').slice(1)) {
    if (line === '') continue;
    const row = JSON.parse(line) as CaptionRow;
    rows.set(row.file, row);
  }
  const journal = openLineFile(path, false);
  if (text === '') journal.write(head);
  return journal;
}

type NewRows = ReadonlyMap<string, CaptionRow>;

function mergedText(format: CaptionFlags['format'], known: KnownCaptions, rows: NewRows): string {
  switch (format) {
    case 'jsonl':
      return mergedLines(known, rows);
    case 'csv': {
      const lines = [...joined(known, rows)].flatMap(([file, captions]) => captions.map((caption) => csvLine(file, caption)));
      return `${[csvHeader, ...lines].join('\n')}\n`;
    }
    case 'coco':
      return cocoText(joined(known, rows));
    case 'txt':
      throw new StudioError('internal', 'internal: text files are not merged');
    default:
      return format satisfies never;
  }
}

/** A picture keeps its place, and what else its row tells; further rows of it have gone into the first. */
function mergedLines({ text }: KnownCaptions, rows: NewRows): string {
  const left = new Map(rows);
  const lines = text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const old: unknown = JSON.parse(line);
    const file = readCaptionRow({ name: 'row' }, old)?.file;
    const row = file === undefined ? undefined : rows.get(file);
    if (!row || file === undefined) return [line];
    return left.delete(file) ? [JSON.stringify({ ...(old as object), ...row })] : [];
  });
  return [...lines, ...[...left.values()].map((row) => JSON.stringify(row))].map((line) => `${line}\n`).join('');
}

function joined({ captions }: KnownCaptions, rows: NewRows): ReadonlyMap<string, readonly string[]> {
  const all = new Map(captions);
  for (const row of rows.values()) all.set(row.file, row.captions ?? [row.caption]);
  return all;
}

function cocoText(captions: ReadonlyMap<string, readonly string[]>): string {
  const files = [...captions.keys()];
  const images = files.map((file, i) => ({ id: i + 1, file_name: file }));
  const annotations = files
    .flatMap((file, i) => (captions.get(file) ?? []).map((caption) => ({ image_id: i + 1, caption })))
    .map((row, i) => ({ id: i + 1, ...row }));
  return `${JSON.stringify({ images, annotations }, null, 1)}\n`;
}
