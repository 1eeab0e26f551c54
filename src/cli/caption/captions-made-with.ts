/** @file The note beside a file of captions that tells how they were made, so that no second run mixes two kinds in one file. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { compareConditions, readConditions, type CaptionConditions } from '../../core/dataset/caption-conditions.ts';
import { parseJson } from '../../core/dataset/caption-file.ts';
import { StudioError } from '../../core/error.ts';
import { writeWhole } from '../node-files.ts';
import { systemError } from '../system-error.ts';

/** The note's place. */
export function notePath(captions: string): string {
  return `${captions}.made-with.json`;
}

/**
 * Reads the note beside a file of captions; null where there is none.
 *
 * @throws {StudioError} 'file-invalid' when it is there and is no note
 */
export async function readNote(captions: string): Promise<CaptionConditions | null> {
  const path = notePath(captions);
  if (!existsSync(path)) return null;
  const conditions = readConditions(parseJson(path, await readText(path)));
  if (conditions === null)
    throw new StudioError('file-invalid', `${path}: does not tell how captions were made; delete it, or name another file`);
  return conditions;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw systemError(cause, path);
  });
}

/**
 * Writes the note before the first caption, or holds a second run to it.
 *
 * @throws {StudioError} 'argument-invalid' naming what differs, or when the file has captions that nothing is known of
 */
export async function holdToNote(captions: string, conditions: CaptionConditions): Promise<void> {
  const known = await readNote(captions);
  if (known === null) {
    if (existsSync(captions) && (await readText(captions)).trim() !== '')
      throw new StudioError(
        'argument-invalid',
        `${captions}: has captions already, and nothing tells how they were made; score them with --hypotheses, or name another file`,
      );
    await writeWhole(notePath(captions), `${JSON.stringify(conditions, null, 2)}\n`);
    return;
  }
  const changes = compareConditions(known, conditions);
  if (changes.length === 0) return;
  throw new StudioError(
    'argument-invalid',
    `${captions}: its captions were made otherwise: ${changes.join('; ')}; name another file, or delete it`,
  );
}
