/** @file Where a run of `train` lies while it is not over: a folder within `--out`, and what must not be there. */

import { access, constants, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/error.ts';
import type { Checkpoint } from '../../engine/train/keep/checkpoint.ts';
import { readCheckpoint } from '../../engine/train/keep/resume.ts';
import type { ByteStore } from '../../engine/train/request.ts';
import { makeFolder } from '../make-folder.ts';
import { requireStylePlace } from '../style-place.ts';
import { systemError } from '../system-error.ts';
import { folderStore } from './folder-store.ts';
import { refuseLocked, takeLock } from './run-lock.ts';
import type { TrainFlags } from './train-flags.ts';

/** A run's place. */
export interface RunPlace {
  readonly checkpoints: ByteStore;
  /** The run that is gone on with. */
  readonly stopped: Checkpoint | null;
  /** Makes its folders and takes them for this process: what cannot be written to is told before hours of learning, not after. */
  prepare(): Promise<void>;
  /** Takes away those of its folders that it made and in which nothing lies. */
  tidy(): Promise<void>;
}

/**
 * Opens the place of a run, which is not made yet.
 *
 * @throws {StudioError} 'argument-invalid' where another process learns there, a stopped run lies there that nobody asked to go on with, none
 * where one is to go on, a style that nobody asked to write over, or a README of something else; 'file-invalid' where the stopped run is damaged
 */
export async function openRunPlace({ out, resume, force }: Pick<TrainFlags, 'out' | 'resume' | 'force'>): Promise<RunPlace> {
  const folder = join(out, 'run');
  const checkpoints = folderStore(folder);
  await refuseLocked(folder);
  const known = await readCheckpoint(checkpoints).catch((cause: unknown) => {
    if (!(cause instanceof StudioError && cause.details['place'] === 'checkpoint')) throw cause;
    throw new StudioError('file-invalid', `${folder}: ${cause.message}: delete that folder, or choose another --out`, { cause });
  });
  if (known && !resume)
    throw new StudioError(
      'argument-invalid',
      `${out}: a run that was stopped at step ${String(known.state.step)} of ${String(known.totalSteps)} lies here; go on with it by --resume, choose another --out, or delete ${folder} to begin anew`,
    );
  if (!known && resume) throw new StudioError('argument-invalid', `${out}: there is no run to go on with`);
  await requireStylePlace(out, force === true);
  let firstMade: string | undefined;
  let unlock: (() => Promise<void>) | undefined;
  return {
    checkpoints,
    stopped: known,
    prepare: async () => {
      try {
        firstMade = makeFolder(folder);
        await access(folder, constants.W_OK);
        unlock = await takeLock(folder);
        await requireStylePlace(out, force === true); // another process may have ended here meanwhile
      } catch (cause) {
        throw systemError(cause, out);
      }
    },
    tidy: async () => {
      await unlock?.();
      await rmdir(folder).catch(() => undefined); // one that is not empty stays
      if (firstMade !== undefined && firstMade !== folder) await rmdir(out).catch(() => undefined);
    },
  };
}
