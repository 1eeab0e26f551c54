/** @file What was dropped or pasted: files, folders with all that is in them, or an address. */

import type { IncomingPicture } from '../state/cards/library.svelte.ts';
import { mergeIntakes, nothing, orderOfNames, type Intake } from './intake.ts';
import { hasPictureName, isPictureFile } from './picture-names.ts';
import { readEntry, readOthers } from './read-entry.ts';

export type { Intake };

/**
 * Hears of pictures while folders are still being looked through, in the order in which they come in the end; files that were dropped beside folders are among
 * them. What it throws ends the looking.
 */
export type OnFound = (pictures: readonly IncomingPicture[]) => void;

/** Takes in files and folders. Call it within the event: the browser empties the transfer afterwards. */
export async function readTransfer(transfer: DataTransfer, onFound: OnFound = () => undefined): Promise<Intake> {
  const address = firstAddress(transfer.getData('text/uri-list'));
  const opened = await Promise.all([...transfer.items].filter((item) => item.kind === 'file').map(openItem));
  const intake = await readAll(opened, onFound);
  return intake.pictures.length + intake.others.length > 0 ? intake : { ...intake, address };
}

/** Takes in files that were chosen one by one. */
export function readFiles(files: Iterable<File>): Intake {
  const all = [...files];
  return {
    pictures: all.filter(isPictureFile).map(withPath),
    others: all.filter((file) => !isPictureFile(file)).map(withPath),
    address: undefined,
  };
}

/** A form field for folders tells where each file lay. */
function withPath(file: File): IncomingPicture {
  return file.webkitRelativePath === '' ? { file } : { file, path: file.webkitRelativePath };
}

/** Takes in the files behind handles. */
export function readHandles(handles: readonly FileSystemHandle[], onFound: OnFound = () => undefined): Promise<Intake> {
  return readAll(
    handles.map((handle) => ({ handle })),
    onFound,
  );
}

/** What was opened, and the older way to it where it was dropped. */
interface Opened {
  readonly handle: FileSystemHandle;
  readonly entry?: FileSystemEntry;
}

/** Takes in what was opened; one after the other where there are folders, so that pictures are found in their order. */
async function readAll(opened: readonly (Opened | Intake)[], onFound: OnFound): Promise<Intake> {
  const hasFolder = opened.some((one) => 'handle' in one && isFolder(one.handle));
  if (!hasFolder) return mergeIntakes(await Promise.all(opened.map(async (one) => ('handle' in one ? readFile(one.handle) : one))));
  const intakes: Intake[] = [];
  for (const one of opened) {
    if ('handle' in one && isFolder(one.handle)) {
      const { handle, entry } = one;
      const seen = await readFolder({ root: handle, onFound }, handle, handle.name);
      const unseen = entry === undefined ? nothing : await readOthers(entry, seen);
      if (unseen.pictures.length > 0) onFound(unseen.pictures);
      intakes.push(seen, unseen);
      continue;
    }
    const intake = 'handle' in one ? await readFile(one.handle) : one;
    onFound(intake.pictures);
    intakes.push(intake);
  }
  return mergeIntakes(intakes);
}

/** Starts to open a dropped item; every method has to be called before the event is over. */
async function openItem(item: DataTransferItem): Promise<Opened | Intake> {
  const handle = item.getAsFileSystemHandle?.();
  const entry = item.webkitGetAsEntry();
  const file = item.getAsFile();
  const opened = await handle?.catch(() => null);
  if (opened !== null && opened !== undefined) return { handle: opened, ...(entry !== null && { entry }) };
  if (entry?.isDirectory === true) return readEntry(entry);
  return file === null ? nothing : readFiles([file]);
}

async function readFile(handle: FileSystemHandle): Promise<Intake> {
  if (!isFileHandle(handle)) return nothing;
  const file = await handle.getFile();
  return isPictureFile(file) ? { ...nothing, pictures: [{ file, handle }] } : { ...nothing, others: [{ file, handle }] };
}

/** A folder that is looked through with all that is in it. */
interface FolderSearch {
  /** The one that was picked. */
  readonly root: FileSystemDirectoryHandle;
  readonly onFound: OnFound;
}

/** Reads a folder of a picked one; paths begin with the picked folder's name. */
async function readFolder(search: FolderSearch, folder: FileSystemDirectoryHandle, path: string): Promise<Intake> {
  const { root, onFound } = search;
  const folders: FileSystemDirectoryHandle[] = [];
  const handles: FileSystemFileHandle[] = [];
  for await (const handle of folder.values()) {
    if (handle.name.startsWith('.')) continue;
    if (isFolder(handle)) folders.push(handle);
    else if (isFileHandle(handle)) handles.push(handle);
  }
  const sorted = handles.toSorted((a, b) => orderOfNames.compare(a.name, b.name));
  const open = async (some: readonly FileSystemFileHandle[], onOpened: OnFound): Promise<readonly IncomingPicture[]> => {
    const found: IncomingPicture[] = [];
    for (let at = 0; at < some.length; at += openAtOnce) {
      const opened = some.slice(at, at + openAtOnce).map(async (handle) => ({ handle, file: await handle.getFile() }));
      const files = (await Promise.all(opened)).map(({ handle, file }) => ({ file, handle, path: `${path}/${handle.name}`, root }));
      found.push(...files);
      onOpened(files);
    }
    return found;
  };
  const pictures = await open(
    sorted.filter(({ name }) => hasPictureName(name)),
    onFound,
  );
  const others = await open(
    sorted.filter(({ name }) => !hasPictureName(name)),
    () => onFound([]),
  );
  const inner: Intake[] = [];
  for (const one of folders.toSorted((a, b) => orderOfNames.compare(a.name, b.name)))
    inner.push(await readFolder(search, one, `${path}/${one.name}`));
  return mergeIntakes([{ pictures, others, address: undefined }, ...inner]);
}

/** Files are asked for so many at a time. */
const openAtOnce = 64;

function firstAddress(list: string): string | undefined {
  return list.split(/\r?\n/).find((line) => /^https?:/i.test(line));
}

function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

function isFileHandle(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}
