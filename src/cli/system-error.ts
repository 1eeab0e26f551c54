/** @file What the operating system refuses, as sentences. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StudioError, type StudioErrorCode } from '../core/error.ts';

/** The refusals that a user can do something about: the code, what happened and what to do. */
const refusals: Readonly<Record<string, readonly [StudioErrorCode, string]>> = {
  ENOENT: ['file-missing', 'there is no such file or folder'],
  ENOTDIR: ['file-invalid', 'a file stands where a folder should be'],
  EEXIST: ['file-invalid', 'a file stands where a folder should be'],
  ENAMETOOLONG: ['argument-invalid', 'is longer than the system takes (255 bytes a name); choose a shorter one'],
  ELOOP: ['file-invalid', 'is a link that leads in a circle; name the place itself'],
  EISDIR: ['file-invalid', 'is a folder, where a file was expected'],
  EACCES: ['permission', 'the system refuses access; look at the owner and the rights'],
  EPERM: ['permission', 'the system refuses access; look at the owner and the rights'],
  EROFS: ['permission', 'the disk can only be read; choose another place'],
  ENOSPC: ['storage-full', 'the disk is full; make room and run the same command again'],
  EDQUOT: ['storage-full', 'the quota is spent; make room and run the same command again'],
  EMFILE: ['out-of-memory', 'too many files are open at once; raise the limit (ulimit -n)'],
  ENOMEM: ['out-of-memory', 'the memory is spent; close other programs or use a smaller --batch'],
};

/** Tells whether an error comes from a call of the system. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

/** Says what the system refused at a place; errors of the studio stay as they are. */
export function systemError(cause: unknown, place: string): StudioError {
  if (cause instanceof StudioError) return cause;
  const [code, text] = (isSystemError(cause) && refusals[cause.code ?? '']) || ['file-invalid' as const, messageOf(cause)];
  return new StudioError(code, `${place}: ${text}`, { cause });
}

/** Says why nothing can be written to a place whose folder is there: some folders of the system take no files of others, and say that there are none. */
export function writeError(cause: unknown, place: string): StudioError {
  const folder = dirname(place);
  if (!isSystemError(cause) || cause.code !== 'ENOENT' || !existsSync(folder)) return systemError(cause, place);
  return new StudioError('permission', `${place}: ${folder} takes no files; choose another place`, { cause });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
