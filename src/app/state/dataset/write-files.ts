/** @file Writes planned files into a folder of the user's, one by one; what changed there unseen is told and left alone. */

import { encodeText } from '../../../core/archive/text-bytes.ts';
import type { ItemContent } from '../../../core/dataset/item.ts';
import type { PlannedFile } from '../../../core/dataset/write/export-item.ts';
import { openFile, stampOf, writeFile, type FileStamp } from '../../../storage/folder-files.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { CardChange } from './editing.svelte.ts';
import { toPlainError } from '../plain-error.ts';

/** A file on its way into a folder. */
export interface FolderFile {
  readonly folder: FileSystemDirectoryHandle;
  /** Below the folder. */
  readonly path: string;
  /** Under which its stamp is remembered. */
  readonly key: string;
  readonly file: PlannedFile | ArchiveFile;
  /** Gives what cards say once the text that lies there now is taken in; absent where it says nothing of cards. */
  readonly take?: TakeText;
}

/** Reads a text that lies in a folder as changes of cards. @param contentOf what a card says, with what was taken before */
export type TakeText = (text: string, contentOf: (card: Card) => ItemContent) => readonly CardChange[];

/** An archive that is made as it is written. */
export interface ArchiveFile {
  readonly kind: 'archive';
  readonly path: string;
  readonly write: () => AsyncIterable<Uint8Array>;
}

/** How a file in the folder stands to what is to be written. */
export type FileStanding =
  | 'new'
  | 'known' // as the studio read or wrote it
  | 'same' // says already what is to be written
  | 'changed'; // has something that the studio has not seen

/** A file with what was found in its place. */
export interface CheckedFile extends FolderFile {
  readonly standing: FileStanding;
  readonly stamp: FileStamp | null;
}

/** What could not be written, and why. */
export interface LeftFile {
  readonly path: string;
  readonly reason: string;
}

/** What came of writing. */
export interface WriteOutcome {
  readonly written: number;
  readonly same: number;
  /** Left alone, since they changed. */
  readonly kept: readonly LeftFile[];
  /** Still to do: after a full disk, a refused access or a cancel. */
  readonly left: readonly CheckedFile[];
  readonly reason: string;
}

/** How writing is watched and ended. */
export interface WriteWatch {
  readonly onProgress: (done: number, total: number) => void;
  readonly isCancelled: () => boolean;
}

/** Files are looked at so many at a time. */
const atOnce = 16;

/** Looks at what is in the place of each file. @throws {StudioError} 'permission' */
export async function checkFiles(
  files: readonly FolderFile[],
  known: (key: string) => Promise<FileStamp | undefined>,
  watch: WriteWatch,
): Promise<readonly CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (let at = 0; at < files.length && !watch.isCancelled(); at += atOnce) {
    checked.push(...(await Promise.all(files.slice(at, at + atOnce).map((file) => checkFile(file, known)))));
    watch.onProgress(checked.length, files.length);
  }
  return checked;
}

async function checkFile(file: FolderFile, known: (key: string) => Promise<FileStamp | undefined>): Promise<CheckedFile> {
  const there = await openFile(file.folder, file.path);
  if (there === null) return { ...file, standing: 'new', stamp: null };
  const stamp = { lastModified: there.lastModified, sizeBytes: there.size };
  if (file.file.kind === 'text' && (await there.text()) === [...file.file.write()].join('')) return { ...file, standing: 'same', stamp };
  return { ...file, standing: isSame(stamp, (await known(file.key)) ?? null) ? 'known' : 'changed', stamp };
}

/** Writes files whose place was looked at; a file that changed since then is left alone. A failure ends it and tells what is left. */
export async function writeFiles(
  files: readonly CheckedFile[],
  host: {
    readonly readPicture: (path: string) => Promise<Uint8Array>;
    readonly remember: (key: string, stamp: FileStamp) => Promise<void>;
  },
  watch: WriteWatch,
): Promise<WriteOutcome> {
  let written = 0;
  let same = 0;
  const kept: LeftFile[] = [];
  for (const [index, one] of files.entries()) {
    watch.onProgress(index, files.length);
    const end = (reason: string): WriteOutcome => ({ written, same, kept, left: files.slice(index), reason });
    if (watch.isCancelled()) return end('It was cancelled');
    if (one.standing === 'same') {
      same++;
      continue;
    }
    try {
      if (!isSame(await stampOf(one.folder, one.path), one.stamp)) {
        kept.push({ path: one.path, reason: 'changed while others were written' });
        continue;
      }
      await host.remember(one.key, await writeFile(one.folder, one.path, await chunksOf(one.file, host.readPicture)));
      written++;
    } catch (error) {
      return end(toPlainError(error).message);
    }
  }
  watch.onProgress(files.length, files.length);
  return { written, same, kept, left: [], reason: '' };
}

async function chunksOf(
  file: FolderFile['file'],
  readPicture: (path: string) => Promise<Uint8Array>,
): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>> {
  switch (file.kind) {
    case 'text':
      return encodeText(file.write());
    case 'picture':
      return [await readPicture(file.from)];
    case 'archive':
      return file.write();
    default:
      return file satisfies never;
  }
}

function isSame(a: FileStamp | null, b: FileStamp | null): boolean {
  return a?.lastModified === b?.lastModified && a?.sizeBytes === b?.sizeBytes;
}
