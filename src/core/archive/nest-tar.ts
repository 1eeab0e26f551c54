/** @file Tar archives within one: their sizes are found beforehand, so that all of it is a stream. */

import { StudioError } from '../error.ts';
import type { OutputFile } from './file-entry.ts';
import { blockBytes, writeTarHeader } from './tar-header.ts';
import { measureText } from './text-bytes.ts';
import { writeTar } from './write-tar.ts';

/** A file that will be in an inner archive. */
export type MeasuredFile = OutputFile & {
  /** Of bytes: how many there will be; of a text it is measured. @unit bytes */
  readonly byteLength?: number;
};

/** An archive that is to lie within another. */
export interface InnerArchive {
  readonly name: string;
  readonly files: readonly MeasuredFile[];
}

/** Finds how long an archive of files will be. @unit bytes */
export function tarLength(files: readonly MeasuredFile[]): number {
  return files.reduce((sum, file) => {
    const byteLength = file.kind === 'text' ? measureText(file.write()).byteLength : (file.byteLength ?? 0);
    return sum + writeTarHeader(file.path, byteLength).length + Math.ceil(byteLength / blockBytes) * blockBytes;
  }, 2 * blockBytes);
}

/**
 * Writes archives one behind the other into one.
 *
 * @throws {StudioError} 'file-invalid' when a file has not the length that was announced, since it changed meanwhile
 */
export async function* writeNestedTar(archives: readonly InnerArchive[]): AsyncGenerator<Uint8Array> {
  for (const { name, files } of archives) {
    yield writeTarHeader(name, tarLength(files)); // a multiple of whole blocks
    yield* writeTar(files.map(checked));
  }
  yield new Uint8Array(2 * blockBytes);
}

function checked(file: MeasuredFile): OutputFile {
  if (file.kind === 'text') return file;
  return {
    ...file,
    read: async () => {
      const bytes = await file.read();
      if (bytes.length !== file.byteLength) {
        throw new StudioError(
          'file-invalid',
          `${file.path}: has ${String(bytes.length)} bytes and had ${String(file.byteLength)} when it came in; add it again, or save the archives one by one`,
        );
      }
      return bytes;
    },
  };
}
