/** @file Writes tar archives as a stream: one member is in memory at a time, and sizes have no limit. */

import type { OutputFile } from './file-entry.ts';
import { blockBytes, writeTarHeader } from './tar-header.ts';
import { encodeText, measureText } from './text-bytes.ts';

/** Writes an archive of files as they come. */
export async function* writeTar(files: AsyncIterable<OutputFile> | Iterable<OutputFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    const bytes = file.kind === 'bytes' ? await file.read() : null;
    const byteLength = file.kind === 'text' ? measureText(file.write()).byteLength : (bytes?.length ?? 0);
    yield writeTarHeader(file.path, byteLength);
    if (bytes !== null) yield bytes;
    else if (file.kind === 'text') yield* encodeText(file.write());
    const rest = byteLength % blockBytes;
    if (rest > 0) yield new Uint8Array(blockBytes - rest);
  }
  yield new Uint8Array(2 * blockBytes);
}
