/** @file Exports as streams of bytes: one picture is in memory at a time. */

import { writeNestedTar } from '../../../core/archive/nest-tar.ts';
import { encodeText } from '../../../core/archive/text-bytes.ts';
import { writeTar } from '../../../core/archive/write-tar.ts';
import { writeZip } from '../../../core/archive/write-zip.ts';
import type { PlannedFile } from '../../../core/dataset/write/export-item.ts';
import { makeSafePath } from '../../../core/dataset/naming/safe-name.ts';
import { outputFiles, type ExportPlan } from '../../../core/dataset/write/plan-export.ts';
import type { Shard } from '../../../core/dataset/write/webdataset.ts';

/** The pictures that go along. */
export interface PictureBytes {
  read(path: string): Promise<Uint8Array>;
  /** @unit bytes */
  sizeOf(path: string): number;
}

/** An export as one file. */
export interface WholeExport {
  readonly fileName: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** What is to be said once it is saved. */
  readonly said: string;
}

/** Makes one file of a plan: an archive, its only shard, its shards in one archive, or the one text of a format without pictures. */
export function asOneFile(
  { files, shards }: ExportPlan,
  { name, kind }: { readonly name: string; readonly kind: 'zip' | 'tar' },
  pictures: PictureBytes,
): WholeExport {
  // Whatever the data set is called, the disk has to take it.
  const named = (ending: string): string => makeSafePath(`${name.replaceAll('/', '_')}.${ending}`).to;
  const [only] = files;
  const [shard] = shards;
  const saved = (fileName: string, chunks: WholeExport['chunks'], more = ''): WholeExport => ({
    fileName,
    chunks,
    said: `${fileName} saved${more}`,
  });
  if (files.length === 1 && only?.kind === 'text') return saved(only.path, textBytes(only));
  if (shards.length > 1) return saved(named('tar'), packShards(shards, pictures), `, with ${String(shards.length)} shards in it`);
  if (shard !== undefined) return saved(shard.name, packFiles(shard.files, 'tar', pictures));
  return saved(named(kind), packFiles(files, kind, pictures));
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
