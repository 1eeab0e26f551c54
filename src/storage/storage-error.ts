/** @file Turns what the browser's storage throws into the studio's errors. */

import { StudioError } from '../core/error.ts';

/** Names the trouble by its code: a spent quota, a refused access, a missing file, or something of ours. */
export function toStorageError(place: string, cause: unknown): StudioError {
  if (cause instanceof StudioError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  switch (name) {
    case 'QuotaExceededError':
      return new StudioError('storage-full', `${place}: the browser's space for this page is spent; delete pictures or free disk space`, {
        cause,
      });
    case 'SecurityError':
      return new StudioError('permission', `${place}: the browser keeps nothing for this page; allow it to save data, then reload`, {
        cause,
      });
    case 'UnknownError':
    case 'VersionError':
    case 'DataError':
      return new StudioError(
        'storage-damaged',
        `${place}: the database cannot be read (${messageOf(cause)}); free disk space or restart the browser`,
        {
          cause,
        },
      );
    case 'NotAllowedError':
      return new StudioError('permission', `${place}: the browser refused access; allow it again`, { cause });
    case 'NotFoundError':
    case 'NotReadableError':
      return new StudioError('file-missing', `${place}: it is no longer where it was; add it again`, { cause });
    default:
      return new StudioError('internal', `${place}: the browser's storage failed (${messageOf(cause)})`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
