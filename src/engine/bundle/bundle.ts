/** @file Opens a model bundle: manifest, side files and the places of its tensors. */

import { StudioError } from '../../core/error.ts';
import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { readJsonObject } from '../../core/codec/json.ts';
import { readManifest, type BundleManifest, type StoredTensor } from '../../../models/bundle.ts';
import { tableNames } from '../../../models/tensor-names.ts';

/** An opened bundle; no weights have been read. */
export interface Bundle {
  readonly manifest: BundleManifest;
  /** By name; a tied head is under its own name, too. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The shards in the manifest's order. */
  readonly shards: readonly ByteSource[];
  /** The files that the manifest names and no others: a host may answer any path with some page of its own. */
  readonly files: FileSet;
}

/** A manifest of a model with 100,000 tensors takes less. @unit bytes */
const maxManifestBytes = 64 * 2 ** 20;

/**
 * Opens a bundle.
 *
 * @throws {StudioError} 'file-missing' when the manifest or a shard is not there, 'file-invalid' when they contradict each other
 */
export async function openBundle(files: FileSet): Promise<Bundle> {
  const source = await files.open('manifest.json');
  if (!source)
    throw new StudioError(
      'file-missing',
      `${files.name}: there is no manifest.json, so this is no model bundle; convert a checkpoint first`,
    );
  const manifest = readManifest(await readJsonObject(source, maxManifestBytes), `${files.name}/manifest.json`);
  const shards = await Promise.all(manifest.shards.map((shard) => openShard(files, shard)));
  return {
    manifest,
    tensors: withHead(new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]))),
    shards,
    files: namedFiles(files, manifest),
  };
}

/** Where the head is tied to the embeddings there is one tensor for both; who asks for the head is given it, too. */
function withHead(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const table = tensors.get(tableNames.embedding);
  return table === undefined || tensors.has(tableNames.head) ? tensors : new Map([...tensors, [tableNames.head, table]]);
}

function namedFiles(files: FileSet, manifest: BundleManifest): FileSet {
  const paths = manifest.files.map(({ path }) => path);
  return {
    name: files.name,
    list: () => Promise.resolve(paths.toSorted()),
    open: async (path) => {
      if (!paths.includes(path)) return null;
      const file = await files.open(path);
      if (!file) throw new StudioError('file-missing', `${files.name}: ${path} is named in the manifest but is not there`);
      return file;
    },
  };
}

async function openShard(files: FileSet, shard: BundleManifest['shards'][number]): Promise<ByteSource> {
  const source = await files.open(shard.path);
  if (!source) throw new StudioError('file-missing', `${files.name}: the shard ${shard.path} is not there; the bundle is not complete`);
  if (source.byteLength !== shard.sizeBytes) {
    throw new StudioError(
      'file-invalid',
      `${files.name}/${shard.path}: has ${String(source.byteLength)} bytes, the manifest says ${String(shard.sizeBytes)}; fetch it again`,
    );
  }
  return source;
}
