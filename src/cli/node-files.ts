/** @file Files of the machine as the engine reads and writes them. */

import { createHash } from 'node:crypto';
import { open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { FileSink, GrowingFile } from '../core/codec/byte-sink.ts';
import type { ByteSource, FileSet } from '../core/codec/byte-source.ts';
import { StudioError } from '../core/error.ts';
import { makeFolder } from './make-folder.ts';
import { writeError } from './system-error.ts';

/**
 * Opens a file for reading in ranges; each range opens and closes it, so that nothing is left open.
 *
 * @throws {StudioError} 'file-missing' when there is none
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new StudioError('file-missing', `${path}: there is no such file`, { cause });
  });
  return {
    name: path,
    byteLength: facts.size,
    filePath: await realpath(path),
    slice: async (start, end) => {
      if (start < 0 || end < start || end > facts.size)
        throw new StudioError('file-invalid', `${path}: bytes ${String(start)}–${String(end)} are outside of its ${String(facts.size)}`);
      const handle = await open(path, 'r');
      try {
        const bytes = new Uint8Array(end - start);
        let done = 0;
        while (done < bytes.length) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
          if (bytesRead === 0)
            throw new StudioError('file-invalid', `${path}: ends at byte ${String(start + done)}; it became shorter while it was read`);
          done += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}

/** Opens a folder as a set of files; links and paths that lead out of it are not followed by name. */
export function folderFiles(folder: string): FileSet {
  const root = resolve(folder);
  return {
    name: folder,
    list: async () => {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort();
    },
    open: async (path) => {
      const full = resolve(root, path);
      if (full !== root && !full.startsWith(root + sep))
        throw new StudioError('file-invalid', `${folder}: ${path} leads out of the folder`);
      const isThere = await stat(full).then(
        (facts) => facts.isFile(),
        () => false,
      );
      return isThere ? fileSource(full) : null;
    },
  };
}

/**
 * Writes a bundle into a folder; each file appears under its name only when it is whole.
 *
 * @param keepsParts whether a file that is abandoned stays as it is, to be gone on with; otherwise nothing of it is left behind
 */
export function folderSink(folder: string, keepsParts = false): FileSink {
  return {
    write: (path, bytes) => writeWhole(join(folder, path), bytes),
    grow: (path, sizeBytes) => growFile(join(folder, path), sizeBytes, keepsParts),
  };
}

/** File systems take no longer name. @unit bytes */
const maxNameBytes = 255;

/** Gives the place beside a file where it is written until it is whole. */
export function partOf(path: string): string {
  const name = `${basename(path)}.part`;
  if (Buffer.byteLength(name) <= maxNameBytes) return `${path}.part`;
  return join(dirname(path), `.${createHash('sha1').update(name).digest('hex')}.part`);
}

/** Grows a file beside its place. */
async function growFile(path: string, sizeBytes: number, keepsParts: boolean): Promise<GrowingFile> {
  const part = partOf(path);
  const telling = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw writeError(cause, path);
    }
  };
  const isNew = !keepsParts || !(await findPart(path, part, sizeBytes));
  const handle = await telling(async () => {
    makeFolder(dirname(path));
    const opened = await open(part, isNew ? 'w' : 'r+');
    await opened.truncate(sizeBytes);
    return opened;
  });
  return {
    isNew,
    write: (bytes, at) =>
      telling(async () => {
        let done = 0;
        while (done < bytes.length) done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }),
    flush: async () => {
      // What a journal counts must still be there after the power failed.
      if (keepsParts) await telling(() => handle.datasync());
      return fileSource(part);
    },
    finish: () =>
      telling(async () => {
        await handle.close();
        await rename(part, path);
      }),
    abandon: async () => {
      await handle.close().catch(() => undefined); // the first error is the one to tell
      if (!keepsParts) await rm(part, { force: true }).catch(() => undefined);
    },
  };
}

/** Finds what an earlier visit wrote; a file that was finished just before that visit broke off stands under its own name. */
async function findPart(path: string, part: string, sizeBytes: number): Promise<boolean> {
  const hasSize = (place: string): Promise<boolean> =>
    stat(place).then(
      (facts) => facts.size === sizeBytes,
      () => false,
    );
  if (await hasSize(part)) return true;
  if (!(await hasSize(path))) return false;
  await rename(path, part);
  return true;
}

/**
 * Writes a file beside its place and moves it there, so that no half of it is ever seen.
 *
 * @throws {StudioError} 'storage-full', 'permission' and what else the system refuses
 */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const part = partOf(path);
  try {
    const facts = await stat(path).catch(() => null);
    // A pipe or a device takes the bytes itself; moving a file there would put it out of the way.
    if (facts && !facts.isFile() && !facts.isDirectory()) {
      await writeFile(path, bytes);
      return;
    }
    makeFolder(dirname(path));
    await writeFile(part, bytes);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw writeError(cause, path);
  }
}
