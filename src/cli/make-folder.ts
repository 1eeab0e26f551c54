/** @file Makes folders, and says where none can be made. */

import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StudioError } from '../core/error.ts';
import { isSystemError } from './system-error.ts';

/**
 * Makes a folder with all that it lies in; one that is there stays as it is. Node's own way does not come back from below `/proc` and its like, where
 * the system answers as if the folder above were missing.
 *
 * @returns the first folder that was made; undefined where none had to be
 * @throws {StudioError} 'permission' where the place takes no folders; else the system's own error
 */
export function makeFolder(folder: string): string | undefined {
  const missing: string[] = [];
  for (let place = resolve(folder); !existsSync(place) && place !== dirname(place); place = dirname(place)) missing.unshift(place);
  if (missing.length === 0) mkdirSync(folder, { recursive: true }); // a file in its place is refused by the system
  for (const place of missing) makeOne(place);
  return missing[0];
}

function makeOne(place: string): void {
  try {
    mkdirSync(place);
  } catch (cause) {
    const code = isSystemError(cause) ? cause.code : undefined;
    if (code === 'EEXIST') return; // another program made it meanwhile
    if (code === 'ENOENT')
      throw new StudioError('permission', `${place}: ${dirname(place)} takes no folders; choose another place`, { cause });
    throw cause;
  }
}
