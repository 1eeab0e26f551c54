/** @file Where captions go as they come: lines of a file or of the standard output, a file written as a whole, or texts beside the pictures. */

import { accessSync, constants, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { parseCaptionFile } from '../../core/dataset/caption-file.ts';
import type { CaptionFormat } from '../../core/dataset/caption-record.ts';
import { readCaptionRow } from '../../core/dataset/caption-rows.ts';
import { present, StudioError } from '../../core/error.ts';
import { makeFolder } from '../make-folder.ts';
import type { CaptionFlags } from './caption-flags.ts';
import { captionRow, csvHeader, csvLine, openLineFile, readWholeRows } from './caption-lines.ts';
import { mergedOutput, type KnownCaptions } from './caption-merge.ts';
import type { CaptionOutput } from './caption-output-contract.ts';
import { writeWhole } from '../node-files.ts';
import type { PictureInput } from './picture-inputs.ts';
import { systemError } from '../system-error.ts';

/**
 * Opens the output that the options mean, and finds out at once whether it can be written.
 *
 * @throws {StudioError} 'argument-invalid' for a format that cannot go where it is sent, 'permission' and what else the system refuses
 */
export async function openOutput(flags: CaptionFlags, found: readonly PictureInput[]): Promise<CaptionOutput> {
  const { format, out, existing } = flags;
  if (format === 'txt') return sidecarOutput(out, found);
  const isFresh = out === undefined || existing === 'overwrite';
  const known = isFresh ? { text: '', captions: new Map<string, readonly string[]>() } : await readKnown(out, format);
  const getsMore = known.captions.size > 0 && (existing === 'append' || existing === 'prepend');
  return format === 'coco' || getsMore ? mergedOutput(out, flags, known) : lineOutput(flags, known);
}

const formatNames: Readonly<Record<CaptionFormat, string>> = {
  'caption-rows': 'JSON lines',
  csv: 'a table',
  'coco-captions': 'COCO captions',
  'coco-results': 'COCO results',
  'captions-by-file': 'captions by file',
  'flickr8k-token': 'Flickr8k tokens',
};

const formatOf = { jsonl: 'caption-rows', csv: 'csv', coco: 'coco-captions' } as const;

async function readKnown(path: string, format: keyof typeof formatOf): Promise<KnownCaptions> {
  let captions: KnownCaptions['captions'] = new Map();
  const text = await readWholeRows(path, (whole) => {
    const read = parseCaptionFile(path, whole);
    if (read.format !== formatOf[format]) {
      throw new StudioError(
        'argument-invalid',
        `${path}: holds ${formatNames[read.format]}, which --format ${format} cannot go on with; name another file`,
      );
    }
    if (format === 'csv' && !whole.startsWith(`${csvHeader}\n`)) {
      throw new StudioError('argument-invalid', `${path}: has other columns than ${csvHeader}; name another file`);
    }
    captions = format === 'jsonl' ? captionsOfRows(whole) : new Map(read.records.map((record) => [record.file, record.captions]));
  });
  return { text, captions };
}

/** All captions of each row: readers take the first, which is the one that counts, but here none may be lost. */
function captionsOfRows(text: string): KnownCaptions['captions'] {
  const captions = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const row: unknown = JSON.parse(line);
    const read = readCaptionRow({ name: 'row' }, row);
    if (read) captions.set(read.file, [...(captions.get(read.file) ?? []), ...(listOfTexts(row) ?? read.captions)]);
  }
  return captions;
}

function listOfTexts(row: unknown): readonly string[] | null {
  const list: unknown = typeof row === 'object' && row !== null && 'captions' in row ? row.captions : null;
  return Array.isArray(list) && list.length > 0 && list.every((text) => typeof text === 'string') ? list : null;
}

function lineOutput({ out, format, existing }: CaptionFlags, known: KnownCaptions): CaptionOutput {
  const lines = openLineFile(out, existing === 'overwrite');
  if (format === 'csv' && known.text === '') lines.write(csvHeader);
  return {
    isDone: () => false,
    existing: (input) => Promise.resolve(known.captions.get(input.file) ?? null),
    write: (input, captions, outcome) => {
      if (format === 'csv') for (const caption of captions) lines.write(csvLine(input.file, caption));
      else lines.write(JSON.stringify(captionRow(input.file, captions, outcome)));
      return Promise.resolve();
    },
    close: () => {
      lines.close();
      return Promise.resolve();
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
  checkFolders(out === undefined ? [...used].map((path) => dirname(path)) : [out], out !== undefined);
  const sidecar = (input: PictureInput): string => present(taken.get(input.file), `no place for ${input.file}`);
  return {
    isDone: () => false,
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

/** Finds out before the first picture what would fail at each. */
function checkFolders(folders: readonly string[], isToBeMade: boolean): void {
  for (const folder of new Set(folders)) {
    try {
      if (isToBeMade) makeFolder(folder);
      accessSync(folder, constants.W_OK);
    } catch (cause) {
      throw systemError(cause, folder);
    }
  }
}
