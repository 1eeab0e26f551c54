/** @file Where a run of `train` lies while it is not over: a folder within `--out`, and what must not be there. */

import { access, constants, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../../core/error.ts';
import { readCheckpoint } from '../../engine/train/keep/resume.ts';
import type { ByteStore } from '../../engine/train/request.ts';
import { systemError } from '../system-error.ts';
import { folderStore } from './folder-store.ts';
import type { TrainFlags } from './train-flags.ts';

/** A run's place. */
export interface RunPlace {
  readonly checkpoints: ByteStore;
  /** Makes its folders: what cannot be written to is told before hours of learning, not after. */
  prepare(): Promise<void>;
  /** Takes away those of its folders that it made and in which nothing lies. */
  tidy(): Promise<void>;
}

/**
 * Opens the place of a run, which is not made yet.
 *
 * @throws {StudioError} 'argument-invalid' where a stopped run lies there that nobody asked to go on with, none where one is to go on, or a
 * README of something else; 'file-invalid' where the stopped run is damaged
 */
export async function openRunPlace({ out, resume }: Pick<TrainFlags, 'out' | 'resume'>): Promise<RunPlace> {
  const folder = join(out, 'run');
  const checkpoints = folderStore(folder);
  const known = await readCheckpoint(checkpoints).catch((cause: unknown) => {
    if (!(cause instanceof StudioError && cause.details['place'] === 'checkpoint')) throw cause;
    throw new StudioError('file-invalid', `${folder}: ${cause.message}: delete that folder, or choose another --out`, { cause });
  });
  if (known && !resume)
    throw new StudioError(
      'argument-invalid',
      `${out}: a run that was stopped at step ${String(known.state.step)} of ${String(known.totalSteps)} lies here; go on with it by --resume, or choose another --out`,
    );
  if (!known && resume) throw new StudioError('argument-invalid', `${out}: there is no run to go on with`);
  await refuseStranger(out);
  let firstMade: string | undefined;
  return {
    checkpoints,
    prepare: async () => {
      try {
        firstMade = await mkdir(folder, { recursive: true });
        await access(folder, constants.W_OK);
      } catch (cause) {
        throw systemError(cause, out);
      }
    },
    tidy: async () => {
      await rmdir(folder).catch(() => undefined); // one that is not empty stays
      if (firstMade !== undefined && firstMade !== folder) await rmdir(out).catch(() => undefined);
    },
  };
}

/** The result has a README: it does not take the place of one that is of something else. */
async function refuseStranger(out: string): Promise<void> {
  const names = await readdir(out).catch((): string[] => []);
  if (!names.includes('README.md') || names.includes('caption-studio.json') || names.includes('adapter_config.json')) return;
  throw new StudioError('argument-invalid', `${out}: a README.md lies here that is of no style; choose another --out`);
}
