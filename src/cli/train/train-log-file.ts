/** @file The file of `--log` as an earlier visit left it: known by its first line, cut where a run goes on. */

import { createReadStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { isJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import type { Checkpoint } from '../../engine/train/keep/checkpoint.ts';

/**
 * Refuses a file that is no log of training, since it would be written over.
 *
 * @throws {StudioError} 'argument-invalid'
 */
export async function refuseOtherFile(path: string): Promise<void> {
  for await (const { event, isWhole } of linesOf(path)) {
    if (event || !isWhole) return; // a line that is torn was the first of a run that was killed
    break;
  }
  throw new StudioError('argument-invalid', `${path}: is no log of training; name another file with --log`);
}

/** Cuts a log behind what a checkpoint knows of: what came after it happens again. */
export async function cutLog(path: string, { state, progress }: Pick<Checkpoint, 'state' | 'progress'>): Promise<void> {
  const looks = new Set(progress.validations.map(({ step }) => step));
  for await (const { start, event, isWhole } of linesOf(path)) {
    const step = Number(event?.['step']);
    const isKnown = isWhole && (event?.['kind'] === 'validation' ? looks.has(step) : step <= state.step);
    if (isKnown) continue;
    await truncate(path, start);
    return;
  }
}

/** A line of a log. */
interface LogLine {
  /** @unit bytes from the beginning of the file */
  readonly start: number;
  /** Null where it is no event. */
  readonly event: JsonObject | null;
  /** Whether its end is there. */
  readonly isWhole: boolean;
}

const lineEnd = 0x0a;

async function* linesOf(path: string): AsyncGenerator<LogLine> {
  let rest: Buffer = Buffer.alloc(0);
  let start = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd)) {
      yield { start, event: eventOf(rest.subarray(0, end).toString()), isWhole: true };
      start += end + 1;
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield { start, event: eventOf(rest.toString()), isWhole: false };
}

function eventOf(line: string): JsonObject | null {
  try {
    const event: unknown = JSON.parse(line);
    return isJsonObject(event) && typeof event['kind'] === 'string' && typeof event['step'] === 'number' ? event : null;
  } catch {
    return null;
  }
}
