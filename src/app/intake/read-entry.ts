/** @file The older way into dropped folders: for browsers without handles, and for files whose names handles do not show. */

import type { IncomingPicture } from '../state/cards/library.svelte.ts';
import { mergeIntakes, nothing, orderOfNames, type Intake } from './intake.ts';
import { hasPictureName } from './picture-names.ts';

/** Reads a dropped file, or a folder with all that is in it. */
export async function readEntry(entry: FileSystemEntry): Promise<Intake> {
  if (entry.name.startsWith('.')) return nothing;
  if (isDirectoryEntry(entry)) {
    const entries = await listEntries(entry);
    const files = await Promise.all(entries.filter(isFileEntry).map(openEntry));
    const inner = await Promise.all(entries.filter(isDirectoryEntry).map(readEntry));
    return mergeIntakes([sortedIntake(files.flat()), ...inner]);
  }
  return isFileEntry(entry) ? sortedIntake(await openEntry(entry)) : nothing;
}

async function openEntry(entry: FileSystemFileEntry): Promise<readonly IncomingPicture[]> {
  if (entry.name.startsWith('.')) return [];
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return [{ file, path: pathOf(entry) }];
}

/** Reads what a folder's handle has not shown: Chromium passes over names that other systems refuse, such as `what?.jpg`. */
export async function readOthers(entry: FileSystemEntry, seen: Intake): Promise<Intake> {
  const paths = new Set([...seen.pictures, ...seen.others].map(({ file, path }) => path ?? file.name));
  const unseen = (await listFiles(entry)).filter((one) => !paths.has(pathOf(one)));
  return sortedIntake((await Promise.all(unseen.map(openEntry))).flat());
}

async function listFiles(entry: FileSystemEntry): Promise<readonly FileSystemFileEntry[]> {
  if (entry.name.startsWith('.')) return [];
  if (isFileEntry(entry)) return [entry];
  if (!isDirectoryEntry(entry)) return [];
  const files: FileSystemFileEntry[] = [];
  for (const one of await listEntries(entry)) files.push(...(await listFiles(one)));
  return files;
}

async function listEntries(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

function pathOf(entry: FileSystemEntry): string {
  return entry.fullPath.replace(/^\//u, '');
}

/** Parts what was found in a folder into pictures and others, in the order in which people count. */
function sortedIntake(found: readonly IncomingPicture[]): Intake {
  const sorted = found.toSorted(byFileName);
  return {
    pictures: sorted.filter(({ file }) => hasPictureName(file.name)),
    others: sorted.filter(({ file }) => !hasPictureName(file.name)),
    address: undefined,
  };
}

function byFileName(a: IncomingPicture, b: IncomingPicture): number {
  return orderOfNames.compare(a.file.name, b.file.name);
}

function isDirectoryEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
