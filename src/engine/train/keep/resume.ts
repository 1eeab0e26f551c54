/** @file Finds what a store keeps of a run, and refuses to go on with a run of something else. */

import { isJsonObject } from '../../../core/codec/json.ts';
import { StudioError } from '../../../core/error.ts';
import type { TrainOptions } from '../options.ts';
import type { ByteStore } from '../request.ts';
import { checkpointName, decodeCheckpoint, type Checkpoint, type RunIdentity } from './checkpoint.ts';

/** What the parts of an identity are called where they are not what a run began with. */
const otherWords = {
  model: 'another model',
  data: 'other pictures or captions',
  options: 'other options',
  start: 'another starting adapter',
} as const;

/**
 * Reads the checkpoint of a store; null where there is none.
 *
 * @throws {StudioError} 'file-invalid', its details `{ place: 'checkpoint' }`, when it is damaged or of another version
 */
export async function readCheckpoint(store: ByteStore): Promise<Checkpoint | null> {
  const bytes = await store.read(checkpointName);
  if (!bytes) return null;
  try {
    return await decodeCheckpoint(new Uint8Array(bytes));
  } catch (cause) {
    if (!(cause instanceof StudioError)) throw cause;
    const details = { place: 'checkpoint' };
    throw new StudioError('file-invalid', `what was kept of this run cannot be read (${cause.message}); begin it anew`, { cause, details });
  }
}

/**
 * Reads the checkpoint of a store if it belongs to this run.
 *
 * @throws {StudioError} 'argument-invalid' saying what the run began with instead; 'file-invalid' as `readCheckpoint`
 */
export async function loadCheckpoint(store: ByteStore, identity: RunIdentity, options: TrainOptions): Promise<Checkpoint | null> {
  const checkpoint = await readCheckpoint(store);
  if (!checkpoint) return null;
  const parts = ['model', 'data', 'options', 'start'] as const;
  const changed = parts.filter((part) => (checkpoint.identity[part] ?? null) !== (identity[part] ?? null));
  if (changed.length === 0) return checkpoint;
  const told = changed.map((part) => {
    const which = part === 'options' ? differences(checkpoint.options, options) : [];
    return which.length === 0 ? otherWords[part] : `${otherWords[part]} (${which.join('; ')})`;
  });
  throw new StudioError(
    'argument-invalid',
    `training: cannot go on, since the run began with ${told.join(' and ')}; give the same again, or begin anew`,
    { details: { changed } },
  );
}

/** Names what differs, part by part, as it was and as it is now. */
function differences(before: unknown, now: unknown, name = ''): readonly string[] {
  if (isJsonObject(before) && isJsonObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => key !== 'checkpointSeconds');
    return keys.flatMap((key) => differences(before[key], now[key], `${name} ${wordsOf(key)}`.trim()));
  }
  const [was, is] = [sayValue(before), sayValue(now)];
  return was === is ? [] : [`${name} ${was}, now ${is}`];
}

function wordsOf(key: string): string {
  return key.replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function sayValue(value: unknown): string {
  return value === undefined || value === null ? 'none' : JSON.stringify(value);
}
