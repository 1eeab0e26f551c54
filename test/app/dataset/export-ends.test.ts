/** @file How an export ends that is stopped, closed or chosen anew, and what its file is called. */
import { afterEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { userEvent } from 'vitest/browser';
import { readFiles, readHandles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { Exporting } from '../../../src/app/state/dataset/exporting.svelte.ts';
import { openExport } from '../../../src/app/state/dataset/open-export.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { openStage, openWorkspace, type Stage } from '../stage.ts';
import { failWrite, fileAt, namesIn, newFolder, picture, put, read, saved } from './export-stage.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function withPictures(workspace: Workspace): Promise<Exporting> {
  takeIn(workspace, readFiles(await Promise.all(['a.png', 'b.png', 'c.png'].map(fileAt))));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
  return openExport(workspace, workspace.library.cards);
}

function button(label: string): HTMLButtonElement {
  const found = [...document.querySelectorAll<HTMLButtonElement>('dialog button')].find(({ textContent }) => textContent.trim() === label);
  return found ?? expect.unreachable(`no button ${label}`);
}

/** Lets one file of all wait before it is written, counted from 1; returns how it goes on. */
function holdWrite(number: number): () => void {
  const createWritable = Reflect.get<typeof FileSystemFileHandle.prototype, 'createWritable'>(
    FileSystemFileHandle.prototype,
    'createWritable',
  );
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let files = 0;
  vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (this: FileSystemFileHandle) {
    if (++files === number) await held;
    return createWritable.call(this);
  });
  return release;
}

/** Does something each time that a folder below this one is looked for. */
function onLook(folder: FileSystemDirectoryHandle, act: () => void): MockInstance<FileSystemDirectoryHandle['getDirectoryHandle']> {
  const getDirectoryHandle = folder.getDirectoryHandle.bind(folder);
  return vi.spyOn(folder, 'getDirectoryHandle').mockImplementation((...asked) => {
    act();
    return getDirectoryHandle(...asked);
  });
}

describe('an export', () => {
  it('that is stopped midway says so and leaves no empty file', async () => {
    const { workspace } = await openWorkspace();
    const exporting = await withPictures(workspace);
    const folder = await newFolder('stopped');
    vi.stubGlobal('showSaveFilePicker', () => folder.getFileHandle('set.zip', { create: true }));
    const release = holdWrite(1);
    const saving = exporting.saveFile('zip');
    await vi.waitFor(() => expect(exporting.progress).toBeDefined());
    exporting.cancel();
    release();
    await saving;
    expect([exporting.done, exporting.progress]).toEqual(['Stopped. Nothing was written.', undefined]);
    expect(await namesIn(folder)).toEqual([]);
  });

  it('writes nothing where it is cancelled while it looks at what is there', async () => {
    const { workspace } = await openWorkspace();
    const exporting = await withPictures(workspace);
    const folder = await newFolder('looking');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    const looks = onLook(folder, () => exporting.cancel());
    await exporting.saveFolder();
    expect(looks).toHaveBeenCalled();
    expect([exporting.done, exporting.outcome, exporting.progress]).toEqual(['Stopped. Nothing was written.', undefined, undefined]);
    expect(await namesIn(folder)).toEqual([]);
  });

  it.each(['saveInPlace', 'saveBack'] as const)('of %s writes nothing where it is cancelled while it is planned', async (save) => {
    const folder = await newFolder('planned');
    await put(folder, 'a.png', await picture());
    await put(folder, 'captions.csv', 'file_name,text\na.png,Old words.\n');
    const { workspace } = await openWorkspace();
    takeIn(workspace, await readHandles([folder]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    for (const card of workspace.library.cards) workspace.editing.write(card, 'New words.');
    const exporting = openExport(workspace, workspace.library.cards);
    const saving = exporting[save]();
    exporting.cancel();
    await saving;
    expect([exporting.done, exporting.outcome]).toEqual(['Stopped. Nothing was written.', undefined]);
    expect(await namesIn(folder)).toEqual(['a.png', 'captions.csv']);
    expect(await read(folder, 'captions.csv')).toContain('Old words.');
    await exporting[save](); // the next one is not cancelled
    expect(exporting.outcome?.written).toBe(1);
  });

  it('that is gone on with keeps telling what was written and what is left where going on is stopped', async () => {
    const { workspace } = await openWorkspace();
    const exporting = await withPictures(workspace);
    exporting.withPictures = false;
    const folder = await newFolder('gone-on');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    failWrite(2, 'QuotaExceededError');
    await exporting.saveFolder();
    vi.restoreAllMocks();
    const { outcome } = exporting;
    expect([outcome?.written, outcome?.left.map(({ path }) => path)]).toEqual([1, ['set/b.txt', 'set/c.txt']]);

    const looks = onLook(folder, () => exporting.cancel());
    await exporting.goOn();
    looks.mockRestore();
    expect([exporting.outcome, exporting.done]).toEqual([outcome, 'Stopped. Nothing more was written.']);

    const set = await folder.getDirectoryHandle('set');
    await put(set, 'b.txt', 'Words of another program.');
    await exporting.goOn();
    expect(exporting.conflicts.map(({ path }) => path)).toEqual(['set/b.txt']);
    exporting.giveUp();
    expect([exporting.outcome, exporting.conflicts]).toEqual([outcome, []]);

    failWrite(1, 'QuotaExceededError');
    await exporting.goOn();
    await exporting.resolve('overwrite');
    vi.restoreAllMocks();
    expect([exporting.outcome?.written, exporting.outcome?.left.length]).toEqual([1, 2]);
    await exporting.goOn();
    await exporting.resolve('overwrite');
    expect([exporting.outcome?.written, exporting.outcome?.left]).toEqual([2, []]);
    expect(await namesIn(set)).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('is called as its data set, in letters that every disk takes', async () => {
    const { workspace } = await openWorkspace();
    const exporting = await withPictures(workspace);
    for (const [name, wanted] of [
      ['ملف "x"/y', 'ملف _x__y.tar'],
      ['con', '_con.tar'],
      ['🐈'.repeat(80), /^🐈{10,60}~[0-9a-f]{8}\.tar$/u],
      ['  ', 'captions.tar'],
    ] as const) {
      exporting.name = name;
      expect((await saved(exporting, 'tar')).name).toMatch(wanted);
    }
  });

  it('tells in the room what was written where its window is closed midway', async () => {
    stage = await openStage();
    const { workspace } = stage;
    await withPictures(workspace);
    const folder = await newFolder('closed');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    const release = holdWrite(4);
    workspace.overlay = 'export';
    await vi.waitFor(() => button('Into a folder…').click());
    await vi.waitFor(() => expect(document.querySelector('dialog [role=status] .count')?.textContent).toMatch(/^ ?3 of 6/u));
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull());
    release();
    await vi.waitFor(() =>
      expect(workspace.notices.toasts.map(({ title }) => title)).toContain('The export stopped: 4 files written, 2 left'),
    );
    expect(await namesIn(await folder.getDirectoryHandle('set'))).toHaveLength(4);
  });

  it('shows the first rows again once another format is chosen', async () => {
    stage = await openStage();
    const { workspace } = stage;
    await withPictures(workspace);
    const folder = await newFolder('twice');
    vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(folder));
    workspace.overlay = 'export';
    await vi.waitFor(() => button('Into a folder…').click());
    const preview = (): string => document.querySelector('[aria-label="First rows"]')?.textContent ?? '';
    await vi.waitFor(() => expect(preview()).toContain('6 files written'));
    const format = document.querySelector<HTMLSelectElement>('#format');
    if (format === null) return expect.unreachable();
    format.value = 'jsonl';
    format.dispatchEvent(new Event('change', { bubbles: true }));
    await vi.waitFor(() => expect(preview()).toContain('captions.jsonl'));
    expect(preview()).not.toContain('files written');
  });
});
