/** @file Exports as streams of bytes: one picture is in memory at a time. */

import { writeNestedTar } from '../../../core/archive/nest-tar.ts';
import { encodeText } from '../../../core/archive/text-bytes.ts';
import { writeTar } from '../../../core/archive/write-tar.ts';
import { writeZip } from '../../../core/archive/write-zip.ts';
import type { PlannedFile } from '../../../core/dataset/write/export-item.ts';
import { outputFiles } from '../../../core/dataset/write/plan-export.ts';
import type { Shard } from '../../../core/dataset/write/webdataset.ts';

/** The pictures that go along. */
export interface PictureBytes {
  read(path: string): Promise<Uint8Array>;
  /** @unit bytes */
  sizeOf(path: string): number;
}

/** Packs files one by one. */
export function packFiles(files: readonly PlannedFile[], kind: 'zip' | 'tar', pictures: PictureBytes): AsyncGenerator<Uint8Array> {
  return (kind === 'zip' ? writeZip : writeTar)(outputFiles(files, (path) => pictures.read(path)));
}

/** Packs the archives of a sharded export into one. */
export function packShards(shards: readonly Shard[], pictures: PictureBytes): AsyncGenerator<Uint8Array> {
  const archives = shards.map(({ name, files }) => ({
    name,
    files: files.map((file) =>
      file.kind === 'text'
        ? file
        : { kind: 'bytes' as const, path: file.path, byteLength: pictures.sizeOf(file.from), read: () => pictures.read(file.from) },
    ),
  }));
  return writeNestedTar(archives);
}

/** Gives the bytes of a text, as it is written when they are asked for. */
export function textBytes(file: Extract<PlannedFile, { kind: 'text' }>): Iterable<Uint8Array> {
  return encodeText(file.write());
}
