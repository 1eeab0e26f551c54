/** @file Opens a folder on a web server that may hold a bundle or a checkpoint. */

import { readJsonObject } from '../../core/codec/json.ts';
import { readManifest } from '../../../models/bundle.ts';
import type { Http } from './http.ts';
import { remoteFiles, type RemoteFiles, type RemoteFolder } from './remote-files.ts';
import type { FileState, OnBytes } from './remote-source.ts';

/** A manifest of a model with 100,000 tensors takes less. @unit bytes */
const maxManifestBytes = 64 * 2 ** 20;

/**
 * Opens the folder; where there is a manifest, its sizes are taken, and no shard has to be asked for its own.
 *
 * @throws {StudioError} 'file-invalid' for a broken manifest, and what the server refuses
 */
export async function openRemote(http: Http, folder: RemoteFolder, onBytes?: OnBytes): Promise<RemoteFiles> {
  const files = remoteFiles(http, folder, onBytes);
  if (folder.listing !== null || folder.known !== undefined) return files;
  const source = await files.open('manifest.json');
  if (!source) return files;
  const manifest = readManifest(await readJsonObject(source, maxManifestBytes), `${folder.name}/manifest.json`);
  const known = new Map(manifest.shards.map(({ path, sizeBytes }): [string, FileState] => [path, { sizeBytes, etag: null }]));
  return remoteFiles(http, { ...folder, known }, onBytes);
}
