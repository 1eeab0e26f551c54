/** @file What was dropped or pasted: files, folders with all that is in them, or an address. */

import type { IncomingPicture } from '../state/library.svelte.ts';
import { hasPictureName, isPictureFile } from './picture-names.ts';

/** What came in. */
export interface Intake {
  readonly pictures: readonly IncomingPicture[];
  /** Files that are no pictures. */
  readonly others: readonly IncomingPicture[];
  /** An address that came instead of files. */
  readonly address: string | undefined;
}

/** Takes in files and folders. Call it within the event: the browser empties the transfer afterwards. */
export async function readTransfer(transfer: DataTransfer): Promise<Intake> {
  const address = firstAddress(transfer.getData('text/uri-list'));
  const found = [...transfer.items].filter((item) => item.kind === 'file').map(openItem);
  const intake = mergeIntakes(await Promise.all(found));
  return intake.pictures.length + intake.others.length > 0 ? intake : { ...intake, address };
}

/** Takes in files that were chosen one by one. */
export function readFiles(files: Iterable<File>): Intake {
  const all = [...files];
  return {
    pictures: all.filter(isPictureFile).map((file) => ({ file })),
    others: all.filter((file) => !isPictureFile(file)).map((file) => ({ file })),
    address: undefined,
  };
}

/** Takes in the files behind handles. */
export async function readHandles(handles: readonly FileSystemHandle[]): Promise<Intake> {
  return mergeIntakes(await Promise.all(handles.map(readHandle)));
}

/** Starts to open a dropped item; every method has to be called before the event is over. */
async function openItem(item: DataTransferItem): Promise<Intake> {
  const handle = item.getAsFileSystemHandle?.();
  const entry = item.webkitGetAsEntry();
  const file = item.getAsFile();
  const opened = await handle?.catch(() => null);
  if (opened !== null && opened !== undefined) return readHandle(opened);
  if (entry?.isDirectory === true) return readEntry(entry);
  return file === null ? nothing : readFiles([file]);
}

async function readHandle(handle: FileSystemHandle): Promise<Intake> {
  if (isFolder(handle)) return readFolder(handle);
  if (!isFileHandle(handle)) return nothing;
  const file = await handle.getFile();
  return isPictureFile(file) ? { ...nothing, pictures: [{ file, handle }] } : { ...nothing, others: [{ file, handle }] };
}

async function readFolder(folder: FileSystemDirectoryHandle): Promise<Intake> {
  const pictures: IncomingPicture[] = [];
  const others: IncomingPicture[] = [];
  for await (const handle of folder.values()) {
    if (isFolder(handle)) {
      const inner = await readFolder(handle);
      pictures.push(...inner.pictures);
      others.push(...inner.others);
    } else if (isFileHandle(handle) && !handle.name.startsWith('.')) {
      (hasPictureName(handle.name) ? pictures : others).push({ file: await handle.getFile(), handle });
    }
  }
  return { pictures: pictures.toSorted(byFileName), others, address: undefined };
}

/** The older way into folders, for browsers without handles. */
async function readEntry(entry: FileSystemEntry): Promise<Intake> {
  if (isDirectoryEntry(entry)) {
    const reader = entry.createReader();
    const entries: FileSystemEntry[] = [];
    for (;;) {
      // A reader gives at most a hundred entries at a time and an empty list at the end.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) break;
      entries.push(...some);
    }
    const inner = mergeIntakes(await Promise.all(entries.map(readEntry)));
    return { ...inner, pictures: inner.pictures.toSorted(byFileName) };
  }
  if (!isFileEntry(entry)) return nothing;
  if (entry.name.startsWith('.')) return nothing;
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return hasPictureName(entry.name) ? { ...nothing, pictures: [{ file }] } : { ...nothing, others: [{ file }] };
}

const nothing: Intake = { pictures: [], others: [], address: undefined };

const names = new Intl.Collator('en', { numeric: true });

function byFileName(a: IncomingPicture, b: IncomingPicture): number {
  return names.compare(a.file.name, b.file.name);
}

function mergeIntakes(intakes: readonly Intake[]): Intake {
  return {
    pictures: intakes.flatMap(({ pictures }) => pictures),
    others: intakes.flatMap(({ others }) => others),
    address: undefined,
  };
}

function firstAddress(list: string): string | undefined {
  return list.split(/\r?\n/).find((line) => /^https?:/i.test(line));
}

function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

function isFileHandle(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}

function isDirectoryEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
