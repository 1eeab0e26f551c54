/** @file Writes a stream of bytes to a file: to a file beside first, which takes the place of the old one when it is whole. */

import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StudioError } from '../../core/error.ts';
import { makeFolder } from '../make-folder.ts';
import { partOf } from '../node-files.ts';
import { writeError } from '../system-error.ts';
import { watchInterrupt } from './interrupt.ts';
import { stampOf } from './sources.ts';

/**
 * Writes an archive.
 *
 * @throws {StudioError} 'file-invalid' where another file is there and it is not forced; 'cancelled', 'storage-full', 'permission': then
 * nothing is left behind
 */
export async function writeStream(place: string, chunks: AsyncIterable<Uint8Array>, isForced: boolean): Promise<void> {
  if (!isForced && (await stampOf(place)) !== null) {
    throw new StudioError('file-invalid', `${place}: is there already; choose another name, or say --force`);
  }
  const part = partOf(place);
  const interrupt = watchInterrupt();
  try {
    makeFolder(dirname(place));
    const handle = await open(part, 'w');
    try {
      for await (const chunk of chunks) {
        if (interrupt.isInterrupted()) throw new StudioError('cancelled', `${place}: stopped; nothing was written`);
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    await rename(part, place);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw writeError(cause, place);
  } finally {
    interrupt.stop();
  }
}
