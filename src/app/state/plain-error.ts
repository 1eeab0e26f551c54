/** @file Errors as plain data, for cards and records. */

import type { ErrorReport } from '../../../workers/api.ts';
import { StudioError, type StudioErrorCode } from '../../core/error.ts';

/** What a browser calls it where a file went, or changed, between its being dropped and its being read. @source File API, section 7.1 */
const goneNames: readonly string[] = ['NotFoundError', 'NotReadableError'];

/** The code of an error; what has none and tells of no file that is gone is `internal`. */
export function codeOf(error: unknown): StudioErrorCode {
  if (error instanceof StudioError) return error.code;
  return error instanceof Error && goneNames.includes(error.name) ? 'file-missing' : 'internal';
}

/** The code and message of an error. */
export function toPlainError(error: unknown): ErrorReport {
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
}
