/** @file All tensors of a checkpoint by name, whether they lie in one safetensors file or in shards with an index. */

import { StudioError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ByteSource, FileSet } from './byte-source.ts';
import { isJsonObject, readJsonObject, showJson } from './json.ts';
import type { TensorInfo } from './safetensors.ts';
import { readSafetensorsHeader, readTensor, readTensorRows } from './safetensors.ts';

/** A tensor of a checkpoint and the file that it lies in; nothing of it has been read. */
export interface StoredTensor {
  readonly source: ByteSource;
  readonly info: TensorInfo;
}

/** The tensors of a checkpoint by name. */
export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The free texts of all its files; of two with one key the later file's. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Far above what is published (a few hundred); an index that names more is no index of a model. */
const maxShards = 1024;
/** @unit bytes */
const maxIndexBytes = 16 * 2 ** 20;

/**
 * Opens `model.safetensors`, or where there is none the shards of `model.safetensors.index.json`, and reads their headers.
 *
 * @param base the files' name before `.safetensors`; that of adapters is `adapter_model`
 * @throws {StudioError} 'file-missing' when there is neither, or a shard that the index names is not there
 * @throws {StudioError} 'file-invalid' when a header or the index is broken, or the two disagree
 */
export async function openSafetensors(files: FileSet, base = 'model'): Promise<StoredTensors> {
  const single = await files.open(`${base}.safetensors`);
  if (single !== null) return collect([await openFile(single)], null);
  const indexName = `${base}.safetensors.index.json`;
  const index = await files.open(indexName);
  if (index === null) {
    throw new StudioError(
      'file-missing',
      `${files.name}: there is neither ${base}.safetensors nor ${indexName}; weights in other formats are not read, convert them to safetensors`,
      {
        details: { file: `${base}.safetensors` },
      },
    );
  }
  const shardOf = await readIndex(index);
  const shards: OpenFile[] = [];
  for (const path of [...new Set(shardOf.values())].sort()) {
    const shard = await files.open(path);
    if (shard === null)
      throw new StudioError('file-missing', `${files.name}: the shard ${path} that ${indexName} names is not there`, {
        details: { file: path },
      });
    shards.push(await openFile(shard, path));
  }
  return collect(shards, { name: index.name, shardOf });
}

/** Reads one tensor of a checkpoint. */
export function readStored(stored: StoredTensor): Promise<Tensor> {
  return readTensor(stored.source, stored.info);
}

/** Reads rows of one tensor of a checkpoint, from start (inclusive) to end (exclusive). */
export function readStoredRows(stored: StoredTensor, rows: { readonly start: number; readonly end: number }): Promise<Tensor> {
  return readTensorRows(stored.source, stored.info, rows);
}

interface OpenFile {
  readonly path: string;
  readonly tensors: StoredTensors['tensors'];
  readonly metadata: StoredTensors['metadata'];
}

interface ShardIndex {
  readonly name: string;
  readonly shardOf: ReadonlyMap<string, string>;
}

async function openFile(source: ByteSource, path = source.name): Promise<OpenFile> {
  const { tensors, metadata } = await readSafetensorsHeader(source);
  return { path, metadata, tensors: new Map([...tensors].map(([name, info]) => [name, { source, info }])) };
}

async function readIndex(index: ByteSource): Promise<ReadonlyMap<string, string>> {
  const { weight_map: weightMap } = await readJsonObject(index, maxIndexBytes);
  const bad = (what: string): StudioError => new StudioError('file-invalid', `${index.name}: ${what}`, { details: { file: index.name } });
  if (!isJsonObject(weightMap)) throw bad('weight_map is no object');
  const shardOf = new Map<string, string>();
  for (const [name, path] of Object.entries(weightMap)) {
    if (typeof path !== 'string' || !isPlainPath(path))
      throw bad(`tensor ${name} should lie in ${showJson(path)}, which is no safetensors file of this folder`);
    shardOf.set(name, path);
  }
  if (shardOf.size === 0) throw bad('weight_map names no tensor');
  const count = new Set(shardOf.values()).size;
  if (count > maxShards) throw bad(`it names ${String(count)} files, at most ${String(maxShards)} are opened`);
  return shardOf;
}

/** A path that cannot lead out of the folder. */
function isPlainPath(path: string): boolean {
  return (
    /^[^\\/:*?"<>|\p{Cc}]+(?:\/[^\\/:*?"<>|\p{Cc}]+)*$/u.test(path) &&
    path.endsWith('.safetensors') &&
    !path.split('/').some((part) => part === '..' || part === '.')
  );
}

/** A tensor that the index forgets is taken as well, unless two files have it. */
function collect(files: readonly OpenFile[], index: ShardIndex | null): StoredTensors {
  const tensors = new Map<string, StoredTensor>();
  for (const { path, tensors: found } of files) {
    for (const [name, stored] of found) {
      const expected = index?.shardOf.get(name) ?? path;
      if (index !== null && expected !== path) throw disagreement(index, name, `lies in ${path}, by the index in ${expected}`);
      if (index !== null && tensors.has(name)) throw disagreement(index, name, `lies in ${path} and in another file`);
      tensors.set(name, stored);
    }
  }
  for (const [name, path] of index?.shardOf ?? []) {
    if (index !== null && !tensors.has(name)) throw disagreement(index, name, `should lie in ${path}, but is not there`);
  }
  return { tensors, metadata: new Map(files.flatMap(({ metadata }) => [...metadata])) };
}

function disagreement(index: ShardIndex, name: string, what: string): StudioError {
  return new StudioError('file-invalid', `${index.name}: tensor ${name} ${what}; index and files are not of one checkpoint`, {
    details: { file: index.name, tensor: name },
  });
}
