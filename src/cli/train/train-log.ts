/** @file What `train` writes into the file of `--log`: a JSON line for each event. */

import { appendFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from '../../engine/train/keep/checkpoint.ts';
import type { TrainEvent } from '../../engine/train/events.ts';
import { makeFolder } from '../make-folder.ts';
import { systemError } from '../system-error.ts';
import { cutLog, refuseOtherFile } from './train-log-file.ts';

/** A file of JSON lines. */
export interface TrainLog {
  /** Looking at pictures and captioning are not written. */
  write(event: TrainEvent): void;
  /** Comes back when everything is in the file. */
  flush(): Promise<void>;
}

/**
 * Opens the file: anew, or where a run goes on up to the step that it goes on from, so that each step is there once. Lines are written in order
 * and in parts: to open it for each step would cost more than the step.
 *
 * @throws {StudioError} 'file-invalid' where another file than a log lies there, or what the system refuses
 */
export async function openLog(log: string | undefined, stopped: Checkpoint | null): Promise<TrainLog> {
  if (log === undefined) return { write: () => undefined, flush: () => Promise.resolve() };
  await makeReady(log, stopped);
  let lines: string[] = [];
  let written = Promise.resolve();
  let isGivenUp = false;
  const put = async (text: string): Promise<void> => {
    if (text === '' || isGivenUp) return;
    await appendFile(log, text).catch((cause: unknown) => {
      isGivenUp = true; // what is learned is worth more than what is told of it
      process.stderr.write(`${systemError(cause, log).message}; the run goes on, nothing more is written there\n`);
    });
  };
  const flush = (): Promise<void> => {
    const text = lines.join('');
    lines = [];
    return (written = written.then(() => put(text)));
  };
  return {
    write: (event) => {
      if (event.kind === 'features' || event.kind === 'validating') return;
      lines.push(`${JSON.stringify(logLine(event))}\n`);
      if (lines.length >= 20 || event.kind !== 'step') void flush();
    },
    flush,
  };
}

async function makeReady(log: string, stopped: Checkpoint | null): Promise<void> {
  try {
    makeFolder(dirname(log));
    const facts = await stat(log).catch(() => null);
    if (facts && !facts.isFile() && !facts.isDirectory()) return; // a pipe or a device
    if (facts && facts.size > 0) await refuseOtherFile(log);
    if (facts && stopped) await cutLog(log, stopped);
    else await writeFile(log, '');
  } catch (cause) {
    throw systemError(cause, log);
  }
}

/** The rate has the short name that logs of training have. */
function logLine(event: TrainEvent): object {
  if (event.kind !== 'step') return event;
  const { learningRate: lr, ...rest } = event;
  return { ...rest, lr };
}
