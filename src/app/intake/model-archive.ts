/** @file Archives of a model: what "Export as one file" and a merge write comes in again without being unpacked first. */

import type { GivenFile } from '../../../workers/models-api.ts';
import { listTar } from '../../core/archive/read-tar.ts';
import { openZip } from '../../core/archive/read-zip.ts';
import { StudioError } from '../../core/error.ts';
import { fileSource } from '../../storage/archives.ts';
import type { GivenFolder } from './given-folder.ts';
import { pickFiles } from './pick-files.ts';

/** Whether a file calls itself an archive that a model may lie in. */
export function isModelArchive({ name }: Pick<File, 'name'>): boolean {
  return /\.(?:zip|tar)$/iu.test(name);
}

/** Lets the user choose an archive; undefined when none was chosen. @throws {StudioError} as `readModelArchive` does */
export async function pickModelArchive(): Promise<GivenFolder | undefined> {
  const [file] = await pickFiles('.zip,.tar');
  return file && readModelArchive(file);
}

/**
 * Opens an archive as the folder of the model in it. Members of a tar are read where they lie, those of a zip are unpacked.
 *
 * @throws {StudioError} 'file-invalid' when it is broken or hostile, or no model is in it
 */
export async function readModelArchive(file: File): Promise<GivenFolder> {
  const members = /\.zip$/iu.test(file.name) ? await zipMembers(file) : await tarMembers(file);
  const folder = members
    .map(({ path }) => path)
    .filter((path) => ['manifest.json', 'config.json'].includes(baseOf(path)))
    .map(folderOf)
    .toSorted((a, b) => a.length - b.length)[0];
  if (folder === undefined)
    throw new StudioError('file-invalid', `${file.name}: there is no manifest.json and no config.json in it, so that it is no model`);
  const files: GivenFile[] = [];
  for (const { path, open } of members) if (folderOf(path) === folder) files.push({ path: baseOf(path), file: await open() });
  return { name: file.name, files };
}

interface Member {
  readonly path: string;
  readonly open: () => Promise<Blob>;
}

async function tarMembers(file: File): Promise<readonly Member[]> {
  const members = await listTar(fileSource(file), { entryBytes: file.size });
  return members.map(({ path, start, byteLength }) => ({ path, open: () => Promise.resolve(file.slice(start, start + byteLength)) }));
}

async function zipMembers(file: File): Promise<readonly Member[]> {
  const entries = await openZip(fileSource(file));
  return entries.map(({ path, read }) => ({ path, open: async () => new Blob([await read()]) }));
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
