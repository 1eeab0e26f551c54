/** @file Errors as plain data, for cards and records. */

import type { ErrorReport } from '../../../workers/api.ts';
import { StudioError } from '../../core/error.ts';

/** The code and message of an error; anything without a code is `internal`. */
export function toPlainError(error: unknown): ErrorReport {
  if (error instanceof StudioError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
