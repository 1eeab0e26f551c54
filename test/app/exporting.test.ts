import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExportFormat } from '../../src/core/dataset/write/export-format.ts';
import { readFiles, readHandles } from '../../src/app/intake/drop.ts';
import type { Exporting } from '../../src/app/state/exporting.svelte.ts';
import { openExport } from '../../src/app/state/take-away.ts';
import { takeIn } from '../../src/app/state/take-in.ts';
import type { Workspace } from '../../src/app/state/workspace.svelte.ts';
import { openWorkspace } from './stage.ts';

async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  return canvas.convertToBlob({ type: 'image/png' });
}

async function newFolder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(name, { recursive: true }).catch(() => undefined);
  return root.getDirectoryHandle(name, { create: true });
}

async function put(folder: FileSystemDirectoryHandle, name: string, data: string | Blob): Promise<void> {
  const writer = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await writer.write(data);
  await writer.close();
}

async function read(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  return (await (await folder.getFileHandle(name)).getFile()).text();
}

/** Lets “save as” go into a file of our own, and gives it back. */
async function saved(exporting: Exporting, kind: 'zip' | 'tar'): Promise<File> {
  const folder = await newFolder('saved');
  let handle: FileSystemFileHandle | undefined;
  const pick = async ({ suggestedName }: { suggestedName: string }): Promise<FileSystemFileHandle> =>
    (handle = await folder.getFileHandle(suggestedName, { create: true }));
  vi.stubGlobal('showSaveFilePicker', pick);
  await exporting.saveFile(kind);
  if (handle === undefined) return expect.unreachable('nothing was saved');
  return handle.getFile();
}

/** Three pictures in folders, with captions that break careless writers. */
async function nastySet(): Promise<Workspace> {
  const { workspace } = await openWorkspace();
  const files = ['sea/a b.png', 'sea/“ü”.png', 'c.png'].map(async (path) => {
    const file = new File([await picture()], path.split('/').at(-1) ?? '', { type: 'image/png' });
    Object.defineProperty(file, 'webkitRelativePath', { value: `set/${path}` });
    return file;
  });
  takeIn(workspace, readFiles(await Promise.all(files)));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
  const texts = ['=SUM(A1) “quoted”, <b>bold</b> 🐈', 'Two\nlines, "both" kept.', 'A plain one.'];
  for (const [i, card] of workspace.library.cards.entries()) {
    workspace.editing.write(card, texts[i] ?? '');
    workspace.editing.setTags(card, ['sea', 'blue sky']);
  }
  return workspace;
}

const said = (workspace: Workspace): unknown => workspace.library.cards.map(({ name, text }) => [name, text]).sort();

afterEach(() => vi.unstubAllGlobals());

describe('exporting', () => {
  it.each<readonly [ExportFormat, 'zip' | 'tar']>([
    ['txt', 'zip'],
    ['caption', 'tar'],
    ['kohya', 'zip'],
    ['imagefolder-jsonl', 'zip'],
    ['imagefolder-csv', 'tar'],
    ['coco', 'zip'],
    ['csv', 'zip'],
    ['jsonl', 'tar'],
    ['html', 'zip'],
    ['webdataset', 'tar'],
  ])('packs %s with its pictures, and reads the same captions from it', async (format, kind) => {
    const workspace = await nastySet();
    const exporting = openExport(workspace, workspace.library.cards);
    exporting.format = format;
    const archive = await saved(exporting, kind);
    const again = await openWorkspace();
    takeIn(again.workspace, readFiles([archive]));
    await vi.waitFor(() => expect(again.workspace.gallery.counts.done).toBe(3));
    expect(said(again.workspace)).toEqual(said(workspace));
  });

  it('writes beside the pictures, and asks before it writes over what changed there meanwhile', async () => {
    const folder = await newFolder('in-place');
    await put(folder, 'a.png', await picture());
    await put(folder, 'a.txt', 'Old words.\n');
    const { workspace } = await openWorkspace();
    takeIn(workspace, await readHandles([folder]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const [card] = workspace.library.cards;
    if (card === undefined) return expect.unreachable();

    const write = async (text: string): Promise<Exporting> => {
      workspace.editing.write(card, text);
      const exporting = openExport(workspace, [card]);
      expect(exporting.canWriteInPlace).toBe(true);
      await exporting.saveInPlace();
      return exporting;
    };
    expect((await write('New words.')).outcome?.written).toBe(1);
    expect(await read(folder, 'a.txt')).toBe('New words.\n');
    expect((await write('Newer words.')).outcome?.written).toBe(1);

    await new Promise((resolve) => setTimeout(resolve, 20));
    await put(folder, 'a.txt', 'Words of another program.\n');
    const exporting = await write('Mine again.');
    expect(exporting.conflicts.map(({ path }) => path)).toEqual(['a.txt']);
    expect(await read(folder, 'a.txt')).toBe('Words of another program.\n');
    await exporting.resolve('keep');
    expect(exporting.outcome?.kept.map(({ path }) => path)).toEqual(['a.txt']);
    expect(await read(folder, 'a.txt')).toBe('Words of another program.\n');
    await exporting.saveInPlace();
    await exporting.resolve('overwrite');
    expect(await read(folder, 'a.txt')).toBe('Mine again.\n');
  });

  it('leaves nothing half-written when the disk is full midway, lists what is left, and goes on with it', async () => {
    const workspace = await nastySet();
    const folder = await newFolder('full');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    let writes = 0;
    const createWritable = Reflect.get<typeof FileSystemFileHandle.prototype, 'createWritable'>(
      FileSystemFileHandle.prototype,
      'createWritable',
    );
    vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (this: FileSystemFileHandle) {
      const writer = await createWritable.call(this);
      if (++writes === 3) vi.spyOn(writer, 'write').mockRejectedValue(new DOMException('full', 'QuotaExceededError'));
      return writer;
    });
    const exporting = openExport(workspace, workspace.library.cards);
    exporting.withPictures = false;
    await exporting.saveFolder();
    expect(exporting.outcome?.written).toBe(2);
    expect(exporting.outcome?.left).toHaveLength(1);
    expect(exporting.outcome?.reason).toContain('space');
    await exporting.goOn();
    expect(exporting.outcome?.written).toBe(1);
    expect(await read(await folder.getDirectoryHandle('set'), 'c.txt')).toBe('A plain one.\n');
  });
});
