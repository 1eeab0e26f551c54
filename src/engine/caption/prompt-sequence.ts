/** @file A prompt as the sequence that a decoder reads: tokens, and the rows of a picture in their place. */

import { StudioError } from '../../core/error.ts';
import type { SequenceEntry } from './decoder-step.ts';

/** The ids around a picture, and where its rows lie among all rows of a batch. */
export interface SequenceParts {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly firstRow: number;
  readonly rowCount: number;
  readonly imageTokenId: number;
}

/** Joins the parts in order. */
export function promptSequence(parts: SequenceParts): readonly SequenceEntry[] {
  const tokens = (ids: readonly number[]): readonly SequenceEntry[] => ids.map((token) => ({ token, row: -1 }));
  const rows = Array.from({ length: parts.rowCount }, (_, i) => ({ token: parts.imageTokenId, row: parts.firstRow + i }));
  return [...tokens(parts.before), ...rows, ...tokens(parts.after)];
}

/**
 * Tells how many tokens can still be written after a prompt.
 *
 * @throws {StudioError} 'prompt-invalid' when the prompt fills the context already
 */
export function roomFor(wanted: number, promptLength: number, contextLength: number): number {
  const room = contextLength - promptLength;
  if (room < 1) {
    throw new StudioError(
      'prompt-invalid',
      `prompt: takes ${String(promptLength)} positions with the picture, this model reads ${String(contextLength)}; make it shorter`,
    );
  }
  return Math.min(wanted, room);
}
