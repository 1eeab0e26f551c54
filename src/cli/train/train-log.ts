/** @file What `train` writes into the file of `--log`: a JSON line for each event. */

import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TrainEvent } from '../../engine/train/events.ts';
import { systemError } from '../system-error.ts';
import type { TrainFlags } from './train-flags.ts';

/** A file of JSON lines. */
export interface TrainLog {
  /** Looking at pictures and captioning are not written. */
  write(event: TrainEvent): void;
  /** Comes back when everything is in the file. */
  flush(): Promise<void>;
}

/** Opens the file, anew unless the run goes on. Lines are written in order and in parts: to open it for each step would cost more than the step. */
export async function openLog({ log, resume }: Pick<TrainFlags, 'log' | 'resume'>): Promise<TrainLog> {
  if (log === undefined) return { write: () => undefined, flush: () => Promise.resolve() };
  await mkdir(dirname(log), { recursive: true });
  if (resume !== true) await writeFile(log, '');
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

/** The rate has the short name that logs of training have. */
function logLine(event: TrainEvent): object {
  if (event.kind !== 'step') return event;
  const { learningRate: lr, ...rest } = event;
  return { ...rest, lr };
}
