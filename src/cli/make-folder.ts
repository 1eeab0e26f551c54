/** @file Makes folders, and says where none can be made. */

import { existsSync, mkdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StudioError } from '../core/error.ts';
import { isSystemError } from './system-error.ts';

/**
 * Makes a folder with all that it lies in; one that is there stays as it is. Node's own way does not come back from below `/proc` and its like, where
 * the system answers as if the folder above were missing.
 *
 * @returns the first folder that was made; undefined where none had to be
 * @throws {StudioError} 'permission' where the place takes no folders, 'file-missing' where a link leads nowhere or the folder above went
 * away meanwhile; else the system's own error
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
    if (code === 'EEXIST' && existsSync(place)) return; // another program made it meanwhile
    throw (code === 'EEXIST' && brokenLink(place)) || (code === 'ENOENT' && noFolderThere(place, cause)) || cause;
  }
}

/** A link whose end is missing is there, and is not there; what else is wrong with one, the system says when it is asked for its end. */
function brokenLink(place: string): unknown {
  try {
    statSync(place);
  } catch (cause) {
    if (!isSystemError(cause) || cause.code !== 'ENOENT') return cause;
    const message = `${place}: is a link to ${readlinkSync(place)}, which is not there; make that folder, or choose another place`;
    return new StudioError('file-missing', message, { cause });
  }
  return null;
}

function noFolderThere(place: string, cause: unknown): StudioError {
  const above = dirname(place);
  return existsSync(above)
    ? new StudioError('permission', `${place}: ${above} takes no folders; choose another place`, { cause })
    : new StudioError('file-missing', `${place}: ${above} was removed meanwhile; run the same command again`, { cause });
}
