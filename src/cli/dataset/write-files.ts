/** @file Writes the files of a plan below a folder: each whole or not at all, none over something that is not known, and what is left is told. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputFile } from '../../core/archive/file-entry.ts';
import { assertInternal, StudioError } from '../../core/error.ts';
import { writeWhole } from '../node-files.ts';
import { progressLine } from '../progress.ts';
import { systemError } from '../system-error.ts';
import { watchInterrupt } from './interrupt.ts';
import { stampOf, type FileStamp } from './sources.ts';

/** A file that is to be put somewhere. */
export interface PlacedFile {
  readonly place: string;
  readonly file: OutputFile;
}

/** What becomes of a file: there is none yet; it has other content that was read before; it is the same; it was not read or changed since. */
export type WriteFate = 'new' | 'changed' | 'same' | 'conflict';

/** How files are written. */
export interface WriteOptions {
  /** What files looked like when the data set was read, by full path. */
  readonly stamps: ReadonlyMap<string, FileStamp>;
  /** Whether conflicts are written over. */
  readonly isForced: boolean;
}

/** Tells what would become of each file. */
export async function foreseeWriting(
  files: readonly PlacedFile[],
  stamps: WriteOptions['stamps'],
): Promise<ReadonlyMap<string, WriteFate>> {
  const fates = new Map<string, WriteFate>();
  const line = progressLine();
  for (const [i, { place, file }] of files.entries()) {
    line.update('compared', i + 1, files.length);
    fates.set(place, await fateOf(place, file, stamps));
  }
  line.clear();
  return fates;
}

/**
 * Writes files one after the other; those that are the same already are passed over, so that the same command goes on after a failure.
 *
 * @throws {StudioError} 'argument-invalid' before anything is written where there are conflicts; 'cancelled' or what the system refuses,
 * with the places that are left in `details.left`
 */
export async function writeFiles(
  files: readonly PlacedFile[],
  { stamps, isForced }: WriteOptions,
): Promise<ReadonlyMap<string, WriteFate>> {
  const fates = await foreseeWriting(files, stamps);
  const conflicts = [...fates].filter(([, fate]) => fate === 'conflict').map(([place]) => place);
  if (conflicts.length > 0 && !isForced) throw conflictError(conflicts);
  const todo = files.filter(({ place }) => fates.get(place) !== 'same');
  const line = progressLine();
  const interrupt = watchInterrupt();
  try {
    for (const [i, { place, file }] of todo.entries()) {
      const left = todo.slice(i).map((one) => one.place);
      if (interrupt.isInterrupted()) throw leftError(new StudioError('cancelled', 'stopped'), left, todo.length);
      try {
        const expected = fates.get(place) ?? 'new';
        // Somebody else may have come in between.
        if (!isForced && !(await isAsExpected(place, expected, stamps))) throw conflictError([place]);
        await writeWhole(place, await bytesOf(file));
      } catch (cause) {
        throw leftError(systemError(cause, place), left, todo.length);
      }
      line.update('written', i + 1, todo.length);
    }
  } finally {
    line.clear();
    interrupt.stop();
  }
  return fates;
}

async function fateOf(place: string, file: OutputFile, stamps: WriteOptions['stamps']): Promise<WriteFate> {
  const stamp = await stampOf(place);
  if (stamp === null) return 'new';
  const bytes = await bytesOf(file);
  if (stamp.byteLength === bytes.length && (await readFile(place).catch(() => null))?.equals(bytes) === true) return 'same';
  return isKnown(place, stamp, stamps) ? 'changed' : 'conflict';
}

async function isAsExpected(place: string, expected: WriteFate, stamps: WriteOptions['stamps']): Promise<boolean> {
  const stamp = await stampOf(place);
  return expected === 'new' ? stamp === null : stamp !== null && isKnown(place, stamp, stamps);
}

function isKnown(place: string, stamp: FileStamp, stamps: WriteOptions['stamps']): boolean {
  const known = stamps.get(place);
  return known !== undefined && known.byteLength === stamp.byteLength && known.modifiedMs === stamp.modifiedMs;
}

async function bytesOf(file: OutputFile): Promise<Uint8Array> {
  return file.kind === 'bytes' ? file.read() : Buffer.from([...file.write()].join(''));
}

function conflictError(places: readonly string[]): StudioError {
  return new StudioError(
    'file-invalid',
    `${listSome(places)}: ${places.length === 1 ? 'is' : 'are'} there with other content, or changed meanwhile; nothing was written over. Look at ${places.length === 1 ? 'it' : 'them'}, or say --force`,
    { details: { conflicts: places } },
  );
}

function leftError(cause: StudioError, left: readonly string[], total: number): StudioError {
  const done = total - left.length;
  const message = `${cause.message}; ${String(done)} of ${String(total)} files are written and whole, left are ${listSome(left)}. The same command goes on from here`;
  return new StudioError(cause.code, message, { cause, details: { ...cause.details, left } });
}

/** Names the first of many. */
export function listSome(places: readonly string[], most = 5): string {
  const some = places.slice(0, most).join(', ');
  return places.length > most ? `${some} and ${String(places.length - most)} more` : some;
}

/** Joins a path of a plan to a folder; plans have no paths that lead out, and none is ever followed. */
export function placeBelow(folder: string, path: string): string {
  const parts = path.split('/');
  assertInternal(!parts.includes('..'), `${path} leads out of ${folder}`);
  return join(folder, ...parts);
}
