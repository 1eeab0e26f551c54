/** @file Whether the files of a kept model are what its manifest says. */

import { readJsonObject } from '../src/core/codec/json.ts';
import type { FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import { readManifest, type BundleManifest } from '../models/bundle.ts';
import { openBundle } from '../src/engine/bundle/bundle.ts';
import { findDamage, type VerifyEvents } from '../src/engine/bundle/verify.ts';

/** @unit bytes */
const maxManifestBytes = 64 * 2 ** 20;

/** Reads the manifest of a kept model. @throws {StudioError} 'file-missing' when it is gone, 'file-invalid' */
export async function readKeptManifest(files: FileSet): Promise<BundleManifest> {
  const source = await files.open('manifest.json');
  if (!source) throw new StudioError('file-missing', 'manifest.json: is gone; remove the model and load it again');
  return readManifest(await readJsonObject(source, maxManifestBytes), 'manifest.json');
}

/**
 * Gives the paths of the files that are not as the manifest says. Those that are gone or of another size are found first: a bundle with them
 * does not even open.
 *
 * @throws {StudioError} 'cancelled'
 */
export async function findWrong(files: FileSet, events: VerifyEvents): Promise<readonly string[]> {
  const manifest = await readKeptManifest(files);
  const misfits: string[] = [];
  for (const { path, sizeBytes } of [...manifest.shards, ...manifest.files]) {
    if ((await files.open(path))?.byteLength !== sizeBytes) misfits.push(path);
  }
  if (misfits.length > 0) return misfits;
  return (await findDamage(await openBundle(files), events)).map(({ details }) => String(details['file']));
}
