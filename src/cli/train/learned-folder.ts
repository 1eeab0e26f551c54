/** @file Puts what was learned into a folder that PEFT and this program read. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import type { GrowingFile } from '../../core/codec/byte-sink.ts';
import { isAdapterFile } from '../../engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../engine/adapter/write-adapter.ts';
import type { OpenModel } from '../../engine/model.ts';
import { folderSink } from '../node-files.ts';

/** Writes the files of an adapter, in the place of one that was there: all are whole beside their places before the first takes its own. */
export async function writeLearned(folder: string, learned: LearnedAdapter, { model }: OpenModel): Promise<void> {
  const files = writeAdapter(learned, { layout: 'hf5', sizes: model.decoder });
  const sink = folderSink(folder);
  const growing: GrowingFile[] = [];
  try {
    for (const [path, bytes] of files) {
      const file = await sink.grow(path, bytes.byteLength);
      growing.push(file);
      await file.write(bytes, 0);
    }
  } catch (error) {
    for (const file of growing) await file.abandon();
    throw error;
  }
  for (const file of growing) await file.finish();
  // Tensors of another method would be read as part of this one.
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isFile() && isAdapterFile(entry.name) && !files.has(entry.name)) await rm(join(folder, entry.name));
}
