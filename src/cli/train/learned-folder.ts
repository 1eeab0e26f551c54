/** @file Puts what was learned into a folder that PEFT and this program read. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { writeAdapter } from '../../engine/adapter/write-adapter.ts';
import type { OpenModel } from '../../engine/model.ts';
import { folderSink } from '../node-files.ts';

/** Writes the files of an adapter; each is whole or not there. */
export async function writeLearned(folder: string, learned: LearnedAdapter, { model }: OpenModel): Promise<void> {
  for (const [path, bytes] of writeAdapter(learned, { layout: 'hf5', sizes: model.decoder })) await folderSink(folder).write(path, bytes);
}
