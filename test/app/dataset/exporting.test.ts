import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTar } from '../../../src/core/archive/read-tar.ts';
import type { ExportFormat } from '../../../src/core/dataset/write/export-format.ts';
import { readFiles, readHandles } from '../../../src/app/intake/drop.ts';
import type { Exporting } from '../../../src/app/state/dataset/exporting.svelte.ts';
import { openExport } from '../../../src/app/state/dataset/open-export.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { fileSource } from '../../../src/storage/archives.ts';
import { openWorkspace } from '../stage.ts';
import { failWrite, fileAt, namesIn, newFolder, put, read, saved, picture } from './export-stage.ts';

/** Three pictures in folders, with captions that break careless writers. */
async function nastySet(): Promise<Workspace> {
  const { workspace } = await openWorkspace();
  const files = ['sea/a b.png', 'sea/“ü”.png', 'c.png'].map(fileAt);
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

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

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

  describe('with several shards', () => {
    /** Two pictures in each of two parts of the set. */
    async function splitSet(): Promise<Workspace> {
      const { workspace } = await openWorkspace();
      const files = ['train/a.png', 'train/b.png', 'test/c.png'].map(fileAt);
      takeIn(workspace, readFiles([...(await Promise.all(files)), new File(['A note.'], 'note.md')]));
      await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
      return workspace;
    }

    it('saves all of them in one tar, each whole and readable by itself', async () => {
      const workspace = await splitSet();
      const exporting = openExport(workspace, workspace.library.cards);
      exporting.format = 'webdataset';
      const bundle = await saved(exporting, 'tar');
      expect(exporting.done).toBe('captions.tar saved, with 2 shards in it');
      const shards = await openTar(fileSource(bundle));
      expect(shards.map(({ path }) => path).sort()).toEqual(['test-000000.tar', 'train-000000.tar']);
      const again = await openWorkspace();
      const files = shards.map(async ({ path, read: readShard }) => new File([await readShard()], path));
      takeIn(again.workspace, readFiles(await Promise.all(files)));
      await vi.waitFor(() => expect(again.workspace.gallery.counts.done).toBe(3));
      expect(said(again.workspace)).toEqual(said(workspace));
      const whole = await openWorkspace();
      takeIn(whole.workspace, readFiles([bundle]));
      await vi.waitFor(() => expect(whole.workspace.gallery.counts.done).toBe(3));
      expect(said(whole.workspace)).toEqual(said(workspace));
    });

    it('writes them into a folder side by side, and after a full disk those that are left', async () => {
      const workspace = await splitSet();
      const folder = await newFolder('shards');
      vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
      const exporting = openExport(workspace, workspace.library.cards);
      exporting.format = 'webdataset';
      failWrite(5, 'QuotaExceededError');
      await exporting.saveFolder();
      expect([exporting.outcome?.written, exporting.outcome?.left.map(({ path }) => path)]).toEqual([
        0,
        ['train-000000.tar', 'test-000000.tar'],
      ]);
      expect(await namesIn(folder)).toEqual([]);
      vi.restoreAllMocks();
      await exporting.goOn();
      expect(await namesIn(folder)).toEqual(['test-000000.tar', 'train-000000.tar']);
      const shard = await (await folder.getFileHandle('train-000000.tar')).getFile();
      expect((await openTar(fileSource(shard))).map(({ path }) => path)).toContain('set/train/a.png');
    });

    it('says so when a picture changed since it came in, instead of writing a broken archive', async () => {
      const workspace = await splitSet();
      const [card] = workspace.library.cards;
      if (card !== undefined) card.file = new File(['another'], 'a.png');
      const exporting = openExport(workspace, workspace.library.cards);
      exporting.format = 'webdataset';
      await expect(saved(exporting, 'tar')).rejects.toThrow(/a\.png: has 7 bytes and had \d+ when it came in/u);
    });
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
    const [copied] = workspace.library.add(
      [{ file: new File([await picture()], 'copied.png', { type: 'image/png' }) }],
      workspace.prompting.recipe,
    );
    const both = openExport(workspace, [card, ...(copied ? [copied] : [])]);
    await both.saveInPlace();
    expect(both.outcome).toMatchObject({ same: 1, kept: [{ path: 'copied.png', reason: 'lies in no folder that can be written to' }] });
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

    await new Promise((resolve) => setTimeout(resolve, 20));
    await put(folder, 'a.txt', 'Words of\nanother, "again" 🐈\n');
    const taking = await write('Mine at last.');
    expect(taking.canTake).toBe(true);
    await taking.resolve('take');
    expect([card.text, card.content.captions[0]?.author]).toEqual([
      'Words of\nanother, "again" 🐈',
      { kind: 'file', file: 'in-place/a.txt' },
    ]);
    expect(card.versions.map(({ text }) => text)).toContain('Mine at last.');
    workspace.undo();
    expect(card.text).toBe('Mine at last.');
    workspace.redo();
    const after = openExport(workspace, [card]);
    await after.saveInPlace();
    expect([after.outcome?.same, after.conflicts]).toEqual([1, []]);
  });

  it('puts captions back into the tables they came in with, and keeps what it does not know of them', async () => {
    const folder = await newFolder('tables');
    for (const name of ['a.png', 'b.png', 'c.png']) await put(folder, name, await picture());
    const lines = '{"file_name": "a.png", "text": "Old.", "seed": 1.50}\n{"file_name": "elsewhere.png", "text": "Not here."}\n';
    const cells = 'file_name,note,text\r\nb.png,"keep, this",B\r\n';
    await put(folder, 'metadata.jsonl', lines);
    await put(folder, 'more.csv', cells);
    await put(folder, 'c.txt', 'Beside.\n');
    const { workspace } = await openWorkspace();
    takeIn(workspace, await readHandles([folder]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    for (const card of workspace.library.cards) workspace.editing.write(card, `New "${card.name}", 🐈`);

    // An export of some leaves the rows of the others.
    const some = openExport(
      workspace,
      workspace.library.cards.filter(({ name }) => name === 'a.png'),
    );
    await some.findTables();
    expect([...some.tables].sort()).toEqual(['tables/metadata.jsonl', 'tables/more.csv']);
    await some.saveBack();
    expect(some.outcome?.written).toBe(1);
    expect(await read(folder, 'metadata.jsonl')).toBe(lines.replace('"Old."', '"New \\"a.png\\", 🐈"'));
    expect(await read(folder, 'more.csv')).toBe(cells);

    // What something else has changed meanwhile is asked about, and its rows stay.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const theirs = `${cells}d.png,theirs,D\r\n`;
    await put(folder, 'more.csv', theirs);
    const all = openExport(workspace, workspace.library.cards);
    await all.saveBack();
    expect(all.conflicts.map(({ path }) => path)).toEqual(['more.csv']);
    await all.resolve('overwrite');
    expect(await read(folder, 'more.csv')).toBe(theirs.replace(',B', ',"New ""b.png"", 🐈"'));
    expect(await read(folder, 'c.txt')).toBe('Beside.\n');

    // Taken in, it changes what is new in it here, and keeps what was written here since.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await put(folder, 'e.png', await picture());
    const [own] = workspace.library.cards.filter(({ name }) => name === 'b.png');
    if (own === undefined) return expect.unreachable();
    const both = (await read(folder, 'more.csv')).replace('"keep, this"', 'note');
    await put(folder, 'more.csv', `${both}a.png,,Theirs of a\r\n`);
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 120_000); // typing within a minute is one version
    workspace.editing.write(own, 'Mine of b');
    later.mockRestore();
    const taking = openExport(workspace, workspace.library.cards);
    await taking.saveBack();
    expect(taking.conflicts.map(({ path }) => path)).toEqual(['more.csv']);
    await taking.resolve('take');
    expect(workspace.library.cards.map(({ name, text }) => [name, text]).filter(([name]) => name !== 'c.png')).toEqual([
      ['a.png', 'Theirs of a'],
      ['b.png', 'Mine of b'],
    ]);
    expect(await read(folder, 'more.csv')).toBe(`${both.replace('"New ""b.png"", 🐈"', 'Mine of b')}a.png,,Theirs of a\r\n`);

    // A table without a place for it tells so.
    const [b] = workspace.library.cards.filter(({ name }) => name === 'b.png');
    if (b !== undefined) workspace.editing.setTags(b, ['tag']);
    const tagged = openExport(workspace, workspace.library.cards);
    await tagged.saveBack();
    expect(tagged.outcome?.kept.map(({ path }) => path)).toEqual(['more.csv: tables/b.png']);
  });

  it('leaves nothing half-written when the disk is full midway, lists what is left, and goes on with it', async () => {
    const workspace = await nastySet();
    const folder = await newFolder('full');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    failWrite(3, 'QuotaExceededError');
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
