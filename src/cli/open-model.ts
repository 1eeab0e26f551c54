/** @file Opens the model that an option names, or the embedded one. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSet } from '../core/codec/byte-source.ts';
import { openSafetensors } from '../core/codec/checkpoint-tensors.ts';
import { StudioError } from '../core/error.ts';
import { elementCount } from '../core/tensor/shape.ts';
import { openBundle, type Bundle } from '../engine/bundle/bundle.ts';
import { memoryFiles } from '../engine/bundle/memory-files.ts';
import { findDamage } from '../engine/bundle/verify.ts';
import { convertCheckpoint } from '../engine/convert/convert.ts';
import { openModel, type OpenModel } from '../engine/model.ts';
import { folderFiles } from './node-files.ts';
import { openNodeRuntime } from './ort-node.ts';
import { isSystemError, systemError } from './system-error.ts';

/**
 * Finds the embedded bundle from where this code lies: in a checkout, or in the published package.
 *
 * @throws {StudioError} 'file-missing' when it is not there
 */
export function embeddedBundle(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    for (const place of ['public', 'dist']) {
      const bundle = join(folder, place, 'bundles', 'llava-mini');
      if (existsSync(join(bundle, 'manifest.json'))) return bundle;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new StudioError('file-missing', 'the embedded model is not here; name one with --model');
    folder = parent;
  }
}

/** A checkpoint that is more as floats is converted once, not at each start; a session takes no more than 2 GiB from memory. @unit bytes */
const maxFloatBytes = 2e9;
/** Hashing a bundle below this takes less than a tenth of a second. @unit bytes */
const quickBundleBytes = 100e6;

/**
 * Opens a model in Node: of a bundle, or of a small checkpoint, which is taken over in memory as floats.
 *
 * @throws {StudioError} 'integrity' when a small bundle's bytes are not those of its manifest; large ones are checked by `bundle verify`
 */
export async function openNodeModel(folder: string | undefined): Promise<OpenModel> {
  return openModel(openNodeRuntime(), await openNodeBundle(folder));
}

/**
 * Opens the bundle of a model, its weights unread, or takes a small checkpoint over in memory.
 *
 * @throws {StudioError} 'integrity' as `openNodeModel`
 */
export async function openNodeBundle(folder: string | undefined): Promise<Bundle> {
  const files = await existingFolder(folder ?? embeddedBundle());
  const isCheckpoint = !(await files.open('manifest.json')) && (await files.open('config.json')) !== null;
  const bundle = await openBundle(isCheckpoint ? await takeOver(files) : files);
  const sizeBytes = bundle.manifest.shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  const damage = isCheckpoint || sizeBytes > quickBundleBytes ? [] : await findDamage(bundle);
  if (damage[0]) throw damage[0];
  return bundle;
}

/** Opens a folder of the machine. @throws {StudioError} 'file-missing' when there is none, 'file-invalid' when it is a file, and what the system refuses */
export async function existingFolder(folder: string): Promise<FileSet> {
  const facts = await stat(folder).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code !== 'ENOENT') throw systemError(cause, folder);
    throw new StudioError('file-missing', `${folder}: there is no such folder`, { cause });
  });
  if (!facts.isDirectory()) throw new StudioError('file-invalid', `${folder}: is a file, where a folder was expected`);
  return folderFiles(folder);
}

async function takeOver(files: FileSet): Promise<FileSet> {
  const { tensors } = await openSafetensors(files);
  const floatBytes = [...tensors.values()].reduce((sum, { info }) => sum + 4 * elementCount(info.shape), 0);
  if (floatBytes > maxFloatBytes) {
    throw new StudioError(
      'argument-invalid',
      `${files.name}: a checkpoint that takes ${(floatBytes / 1e9).toFixed(1)} GB as floats is not read at each start; turn it into a bundle first: caption-studio convert ${files.name} BUNDLE`,
    );
  }
  const memory = memoryFiles(files.name);
  await convertCheckpoint(files, memory.sink, { precision: 'fp32', name: basename(files.name), source: files.name, licence: 'its own' });
  return memory.files;
}
