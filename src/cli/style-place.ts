/** @file Where a style is written on the command line: never over another, nor over what is none, unasked. */

import { readdir, stat } from 'node:fs/promises';
import { StudioError } from '../core/error.ts';
import { isAdapterFile } from '../engine/adapter/read-adapter.ts';

/**
 * Refuses a place where something lies that nobody asked to write over: a zip, a folder with a style, or the README of something else.
 *
 * @throws {StudioError} 'argument-invalid'
 */
export async function requireStylePlace(out: string, isForced: boolean): Promise<void> {
  const facts = await stat(out).catch(() => null);
  if (facts?.isFile() === true && !out.endsWith('.zip'))
    throw new StudioError('argument-invalid', `${out}: a file lies here, where a folder is to be; choose another --out`);
  if (facts?.isFile() === true && !isForced)
    throw new StudioError('argument-invalid', `${out}: a file lies here already; choose another --out, or say --force to write over it`);
  const names = await readdir(out).catch((): string[] => []);
  const isStyle = names.some((name) => isAdapterFile(name) && !name.endsWith('.part'));
  if (isStyle && !isForced)
    throw new StudioError('argument-invalid', `${out}: a style lies here already; choose another --out, or say --force to write over it`);
  if (names.includes('README.md') && !isStyle)
    throw new StudioError('argument-invalid', `${out}: a README.md lies here that is of no style; choose another --out`);
}
