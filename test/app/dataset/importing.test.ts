import { describe, expect, it, vi } from 'vitest';
import type { OutputFile } from '../../../src/core/archive/file-entry.ts';
import { writeTar } from '../../../src/core/archive/write-tar.ts';
import { writeZip } from '../../../src/core/archive/write-zip.ts';
import { readFiles, readHandles } from '../../../src/app/intake/drop.ts';
import { takeIn, takeInFound } from '../../../src/app/state/cards/take-in.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { openWorkspace } from '../stage.ts';

async function picture(): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
}

async function members(files: Readonly<Record<string, string | null>>): Promise<OutputFile[]> {
  const png = await picture();
  return Object.entries(files).map(([path, text]) =>
    text === null ? { path, kind: 'bytes', read: () => Promise.resolve(png) } : { path, kind: 'text', write: () => [text] },
  );
}

async function archive(name: string, files: Readonly<Record<string, string | null>>): Promise<File> {
  return pack(name, await members(files));
}

async function pack(name: string, files: readonly OutputFile[]): Promise<File> {
  const chunks: BlobPart[] = [];
  const write = name.endsWith('.zip') ? writeZip : writeTar;
  for await (const chunk of write(files)) chunks.push(new Uint8Array(chunk));
  return new File(chunks, name);
}

const shown = (workspace: Workspace): unknown =>
  workspace.library.cards.map(({ place, text, content, state }) => [place.path, text, content.tags.join(' '), state]);

describe('importing', () => {
  it('reads a zip with folders and sidecars, captions only what has none, and opens its pictures again after a reload', async () => {
    const { workspace, stores } = await openWorkspace();
    const zip = await archive('set.zip', {
      'trip/day 1/a.png': null,
      'trip/day 1/a.caption': 'A boat.',
      'trip/day 1/a.txt': 'boat, sea, blue sky',
      'trip/ü.png': null,
    });
    takeIn(workspace, readFiles([zip]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
    expect(shown(workspace)).toEqual([
      ['trip/day 1/a.png', 'A boat.', 'boat sea blue sky', 'done'],
      ['trip/ü.png', 'A grey cat lies on a wooden table and looks into the camera.', '', 'done'],
    ]);
    expect(workspace.library.cards[0]?.author).toEqual({ kind: 'file', file: 'trip/day 1/a.caption' });
    await workspace.flush();
    const again = await openWorkspace({}, stores);
    const [card] = again.workspace.library.cards;
    if (card === undefined) return expect.unreachable();
    expect((await again.workspace.library.read(card)).size).toBe((await picture()).byteLength);
    expect(shown(again.workspace)).toEqual(shown(workspace));
  });

  it('reads shards of WebDataset that have the same names inside', async () => {
    const { workspace } = await openWorkspace();
    const shards = await Promise.all(
      ['00.tar', '01.tar'].map((name) =>
        archive(name, { '0001.png': null, '0001.json': JSON.stringify({ caption: `Of ${name}.`, tags: ['x'] }) }),
      ),
    );
    takeIn(workspace, readFiles(shards));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
    expect(shown(workspace)).toEqual([
      ['00/0001.png', 'Of 00.tar.', 'x', 'done'],
      ['01/0001.png', 'Of 01.tar.', 'x', 'done'],
    ]);
  });

  it('leaves an archive beside the pictures of a folder alone, as a copy of them, and says so', async () => {
    const { workspace } = await openWorkspace();
    const zip = await archive('backup.zip', { 'a.png': null });
    const files = [new File([await picture()], 'a.png', { type: 'image/png' }), zip];
    for (const file of files) Object.defineProperty(file, 'webkitRelativePath', { value: `set/${file.name}` });
    takeIn(workspace, readFiles([...files, new File(['A boat.'], 'a.txt')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    expect(workspace.importing.last?.problems.map(({ path, kind }) => [path, kind])).toContainEqual(['set/backup.zip', 'left-over']);
  });

  it('notes a broken picture that has a caption, and keeps the caption', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([await archive('set.zip', { 'a.png': 'no picture', 'a.txt': 'A boat.' })]));
    await vi.waitFor(() => expect(workspace.library.cards[0]?.error?.code).toBe('picture-invalid'));
    expect(shown(workspace)).toEqual([['a.png', 'A boat.', '', 'done']]);
    workspace.gallery.words = 'is:broken';
    expect(workspace.gallery.shown).toHaveLength(1);
  });

  it('reads a tar of archives as those are, and says what to do with a zip of them', async () => {
    const { workspace } = await openWorkspace();
    const inner = await archive('inner.tar', { 'a.png': null });
    const files = [{ path: 'inner.tar', kind: 'bytes', read: async () => new Uint8Array(await inner.arrayBuffer()) }] as const;
    takeIn(workspace, readFiles([await pack('outer.tar', files)]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    expect(workspace.library.cards[0]?.place.path).toBe('a.png');
    takeIn(workspace, readFiles([await pack('outer.zip', files)]));
    await vi.waitFor(() =>
      expect(workspace.notices.toasts.some(({ detail }) => detail.includes('1 archives in it; unpack it'))).toBe(true),
    );
  });

  it('gives pictures that are here the captions of a file that is dropped later, as one step that can be undone', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([new File([await picture()], 'a.png', { type: 'image/png' })]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const before = workspace.library.cards[0]?.text;
    const coco = { images: [{ id: 7, file_name: 'a.png' }], annotations: [{ id: 1, image_id: 7, caption: 'From COCO.' }] };
    takeIn(workspace, readFiles([new File([JSON.stringify(coco)], 'captions.json')]));
    await vi.waitFor(() => expect(workspace.library.cards[0]?.text).toBe('From COCO.'));
    workspace.undo();
    expect(workspace.library.cards[0]?.text).toBe(before);
  });

  it('refuses an archive whose members lead out of it, and adds nothing', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([await archive('evil.zip', { '../../a.png': null })]));
    await vi.waitFor(() => expect(workspace.notices.toasts.some(({ detail }) => detail.includes('leads out of the archive'))).toBe(true));
    expect(workspace.library.cards).toEqual([]);
  });

  it('keeps the folders of a picked folder, and remembers where it can write', async () => {
    const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('holiday', { create: true });
    const day = await top.getDirectoryHandle('day 1', { create: true });
    for (const [name, data] of [
      ['a.png', await picture()],
      ['a.txt', 'By the sea.'],
    ] as const) {
      const writer = await (await day.getFileHandle(name, { create: true })).createWritable();
      await writer.write(data);
      await writer.close();
    }
    const { workspace, stores } = await openWorkspace();
    takeIn(workspace, await readHandles([top]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    expect(shown(workspace)).toEqual([['holiday/day 1/a.png', 'By the sea.', '', 'done']]);
    const { folderId } = workspace.library.cards[0]?.place ?? {};
    expect((await stores.folders.load(folderId ?? ''))?.handle.name).toBe('holiday');
  });
});

/** A text whose reading waits until it is let go. */
function slowText(path: string, text: string): { readonly file: File; readonly letGo: () => void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const file = new File([text], path.slice(path.lastIndexOf('/') + 1));
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  const read = file.arrayBuffer.bind(file);
  Object.defineProperty(file, 'arrayBuffer', { value: () => gate.then(read) });
  return { file, letGo };
}

async function pictureAt(path: string): Promise<File> {
  const file = new File([await picture()], path.slice(path.lastIndexOf('/') + 1), { type: 'image/png' });
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

describe('a data set whose captions are not read yet', () => {
  it('shows its pictures, and neither captions nor keeps them before it is known what has a caption', async () => {
    const { workspace, stores } = await openWorkspace();
    const slow = slowText('set/train/a.txt', 'A boat.');
    takeIn(workspace, readFiles([await pictureAt('set/train/a.png'), await pictureAt('set/train/b.png'), slow.file]));
    await vi.waitFor(() => expect(workspace.library.cards).toHaveLength(2));
    expect(workspace.queue.left).toBe(0);
    expect(workspace.library.unkept).toBe(2);
    workspace.library.cards.forEach((card) => workspace.library.save(card));
    await workspace.flush();
    expect(await stores.cards.loadAll()).toEqual([]);
    slow.letGo();
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
    expect(shown(workspace)).toEqual([
      ['set/train/a.png', 'A boat.', '', 'done'],
      ['set/train/b.png', 'A grey cat lies on a wooden table and looks into the camera.', '', 'done'],
    ]);
    expect(workspace.library.cards.map(({ place }) => place.split)).toEqual(['train', 'train']);
    await vi.waitFor(() => expect(workspace.library.unkept).toBe(0));
    await workspace.flush();
    expect(await stores.cards.loadAll()).toHaveLength(2);
  });

  it('is taken back as a whole by a cancel, which can be undone', async () => {
    const { workspace } = await openWorkspace();
    const slow = slowText('set/a.txt', 'A boat.');
    takeIn(
      workspace,
      readFiles([
        ...(await Promise.all(Array.from({ length: 40 }, (_, i) => pictureAt(`set/${String(i)}.png`)))),
        await pictureAt('set/a.png'),
        slow.file,
      ]),
    );
    await vi.waitFor(() => expect(workspace.library.cards).toHaveLength(41));
    workspace.importing.cancel();
    slow.letGo();
    await vi.waitFor(() => expect(workspace.library.cards).toEqual([]));
    expect(workspace.library.unkept).toBe(0);
    expect(workspace.importing.progress).toBeUndefined();
    expect(workspace.notices.toasts.map(({ title }) => title)).toContain('41 pictures taken back');
    workspace.undo();
    expect(workspace.library.cards).toHaveLength(41);
    await vi.waitFor(() => expect(workspace.library.unkept).toBe(0));
    expect(workspace.queue.left).toBe(0);
  });

  it('leaves a caption that a person writes meanwhile in front, as steps that can be undone', async () => {
    const { workspace } = await openWorkspace();
    const slow = slowText('set/a.txt', 'A boat.');
    takeIn(workspace, readFiles([await pictureAt('set/a.png'), slow.file]));
    await vi.waitFor(() => expect(workspace.library.cards).toHaveLength(1));
    const [card] = workspace.library.cards;
    if (card === undefined) return expect.unreachable();
    workspace.editing.write(card, 'Mine.');
    slow.letGo();
    await vi.waitFor(() => expect(card.content.captions.map(({ text }) => text)).toEqual(['Mine.', 'A boat.']));
    await vi.waitFor(() => expect(workspace.history.newest?.label).toBe('Captions read from a file'));
    workspace.undo();
    expect(card.content.captions.map(({ text }) => text)).toEqual(['Mine.']);
    workspace.undo();
    expect(card.text).toBe('');
  });

  it('shows pictures of a folder while the rest of it is still being looked through, in the same order', async () => {
    const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('growing', { create: true });
    for (const path of ['b/10.png', 'b/9.png', 'a/1.png', 'z.png', 'b/9.txt']) {
      const [name = '', folder] = path.split('/').toReversed();
      const place = folder === undefined ? top : await top.getDirectoryHandle(folder, { create: true });
      const writer = await (await place.getFileHandle(name, { create: true })).createWritable();
      await writer.write(name.endsWith('.txt') ? 'The ninth.' : await picture());
      await writer.close();
    }
    const { workspace } = await openWorkspace();
    const pieces: number[] = [];
    await takeInFound(workspace, (onFound) =>
      readHandles([top], (found) => {
        onFound(found);
        pieces.push(workspace.library.cards.length);
        if (found.length > 0) expect(workspace.importing.progress?.label).toBe('Looking for pictures');
      }),
    );
    expect(pieces[0]).toBe(1);
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(4));
    expect(workspace.library.cards.map(({ place, text }) => [place.path, text === 'The ninth.'])).toEqual([
      ['growing/z.png', false],
      ['growing/a/1.png', false],
      ['growing/b/9.png', true],
      ['growing/b/10.png', false],
    ]);
  });

  it('is taken back where an archive beside its folder is refused', async () => {
    const { workspace } = await openWorkspace();
    const good = await archive('good.zip', { 'a.png': null });
    const evil = await archive('evil.zip', { '../../a.png': null });
    takeIn(workspace, readFiles([good, evil]));
    await vi.waitFor(() => expect(workspace.notices.toasts.some(({ detail }) => detail.includes('leads out of the archive'))).toBe(true));
    expect(workspace.library.cards).toEqual([]);
    expect(workspace.library.unkept).toBe(0);
  });
});
