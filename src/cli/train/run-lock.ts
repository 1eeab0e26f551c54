/** @file Lets one process at a time learn in a folder: a file with its number, which counts as long as that process lives. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/error.ts';
import { isSystemError } from '../system-error.ts';

const lockName = 'process';

/**
 * Refuses a folder that a living process learns in.
 *
 * @throws {StudioError} 'argument-invalid' with the number of that process
 */
export async function refuseLocked(folder: string): Promise<void> {
  const path = join(folder, lockName);
  const number = Number(await readFile(path, 'utf8').catch(() => ''));
  if (number === 0 || number === process.pid || !isAlive(number)) return;
  throw new StudioError(
    'argument-invalid',
    `${folder}: process ${String(number)} learns here; wait for its end, or choose another --out. Where that process is none of train, delete ${path}`,
  );
}

/** Takes a folder for this process; what a process left that was killed is taken over. @throws {StudioError} as `refuseLocked` */
export async function takeLock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, lockName);
  const take = (): Promise<void> => writeFile(path, String(process.pid), { flag: 'wx' });
  await take().catch(async (cause: unknown) => {
    if (!(isSystemError(cause) && cause.code === 'EEXIST')) throw cause;
    await refuseLocked(folder);
    await rm(path, { force: true });
    await take();
  });
  return () => rm(path, { force: true });
}

function isAlive(number: number): boolean {
  try {
    return process.kill(number, 0); // asks only
  } catch (cause) {
    return isSystemError(cause) && cause.code === 'EPERM'; // of another account
  }
}
