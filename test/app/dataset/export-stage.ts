/** @file Folders of the browser's own to export into, and files as they are dropped. */
import { expect, vi } from 'vitest';
import type { Exporting } from '../../../src/app/state/dataset/exporting.svelte.ts';

/** Draws a small picture. */
export async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Gives an empty folder of the browser's own. */
export async function newFolder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(name, { recursive: true }).catch(() => undefined);
  return root.getDirectoryHandle(name, { create: true });
}

/** Writes a file. */
export async function put(folder: FileSystemDirectoryHandle, name: string, data: string | Blob): Promise<void> {
  const writer = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await writer.write(data);
  await writer.close();
}

/** Reads a file. */
export async function read(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  return (await (await folder.getFileHandle(name)).getFile()).text();
}

/** Lets “save as” go into a file of our own, and gives it back. */
export async function saved(exporting: Exporting, kind: 'zip' | 'tar'): Promise<File> {
  const folder = await newFolder('saved');
  let handle: FileSystemFileHandle | undefined;
  const pick = async ({ suggestedName }: { suggestedName: string }): Promise<FileSystemFileHandle> =>
    (handle = await folder.getFileHandle(suggestedName, { create: true }));
  vi.stubGlobal('showSaveFilePicker', pick);
  await exporting.saveFile(kind);
  if (handle === undefined) return expect.unreachable('nothing was saved');
  return handle.getFile();
}

/** Lists a folder. */
export async function namesIn(folder: FileSystemDirectoryHandle): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names.sort();
}

/** Lets one write of all fail, counted from 1. */
export function failWrite(number: number, errorName: string): void {
  const createWritable = Reflect.get<typeof FileSystemFileHandle.prototype, 'createWritable'>(
    FileSystemFileHandle.prototype,
    'createWritable',
  );
  let writes = 0;
  vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (this: FileSystemFileHandle) {
    const writer = await createWritable.call(this);
    const push = writer.write.bind(writer);
    vi.spyOn(writer, 'write').mockImplementation((data) =>
      ++writes === number ? Promise.reject(new DOMException('no', errorName)) : push(data),
    );
    return writer;
  });
}

/** A picture that was dropped with its folder. */
export async function fileAt(path: string): Promise<File> {
  const file = new File([await picture()], path.split('/').at(-1) ?? '', { type: 'image/png' });
  Object.defineProperty(file, 'webkitRelativePath', { value: `set/${path}` });
  return file;
}
