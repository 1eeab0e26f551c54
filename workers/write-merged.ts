/** @file A merged model on its way out of the page: written into the browser's private files, never as a whole in memory. */

import { StudioError } from '../src/core/error.ts';
import type { WornAdapter } from '../src/engine/adapter/combine.ts';
import { mergeAdapters, type MergeOptions } from '../src/engine/adapter/merge.ts';
import { planMerge, type MergeBase } from '../src/engine/adapter/merge-plan.ts';
import { openAside } from '../src/storage/aside.ts';
import { packFiles } from '../src/storage/export-model.ts';
import { privateFolderSink } from '../src/storage/model-folder-sink.ts';
import { listFiles } from '../src/storage/model-folders.ts';

/**
 * Merges and gives the bundle as a tar, whose bytes stay on the disk until they are read.
 *
 * @throws {StudioError} 'storage-full' before anything is written where there is no room, and what `mergeAdapters` throws
 */
export async function writeMerged(base: MergeBase, worn: readonly WornAdapter[], options: MergeOptions): Promise<Blob> {
  const aside = await openAside();
  await checkRoom(options.name, planMerge(base, worn, options.changedAs).totalBytes);
  const folder = await aside.folder.getDirectoryHandle(aside.name, { create: true });
  try {
    await mergeAdapters(
      base,
      worn,
      privateFolderSink(() => Promise.resolve(folder)),
      options,
    );
    return packFiles(await listFiles(folder), 'model');
  } catch (error) {
    await aside.folder.removeEntry(aside.name, { recursive: true }).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function checkRoom(name: string, neededBytes: number): Promise<void> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined || neededBytes <= quota - usage) return;
  const say = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new StudioError(
    'storage-full',
    `${name}: the merged copy takes ${say(neededBytes)}, the browser has ${say(Math.max(0, quota - usage))} left for this page; ` +
      'store changed weights as the model does, remove a model in the Models room, or merge on the command line',
    { details: { neededBytes, freeBytes: quota - usage } },
  );
}
