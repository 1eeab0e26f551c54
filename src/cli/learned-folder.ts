/** @file Puts what was learned into a folder. */

import { join } from 'node:path';
import type { LearnedAdapter } from '../core/adapter/learned.ts';
import { writeSafetensors } from '../core/codec/safetensors-write.ts';
import { writeWhole } from './node-files.ts';

/** Writes tensors and description. */
export async function writeLearned(folder: string, learned: LearnedAdapter): Promise<void> {
  const { tensors, replaced, start, ...rest } = learned;
  await writeWhole(
    join(folder, 'learned.safetensors'),
    writeSafetensors(new Map([...tensors, ...replaced, ...(start ? [['start', start] as const] : [])])),
  );
  await writeWhole(join(folder, 'learned.json'), JSON.stringify(rest, null, 2));
}
