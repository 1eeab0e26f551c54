import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readHandles } from '../../../src/app/intake/drop.ts';
import type { FolderSaver } from '../../../src/app/state/dataset/folder-saver.svelte.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import type { Stores } from '../../../src/app/stores.ts';
import { memoryStores, openWorkspace } from '../stage.ts';

type AskableFolder = FileSystemDirectoryHandle & {
  queryPermission(descriptor: object): Promise<PermissionState>;
  requestPermission(descriptor: object): Promise<PermissionState>;
};

const prototype = FileSystemDirectoryHandle.prototype as AskableFolder;
let folder: FileSystemDirectoryHandle;

async function put(name: string, data: string | Blob, below = folder): Promise<void> {
  const writer = await (await below.getFileHandle(name, { create: true })).createWritable();
  await writer.write(data);
  await writer.close();
}

async function read(name: string): Promise<string | null> {
  const handle = await folder.getFileHandle(name).catch(() => null);
  return handle === null ? null : (await handle.getFile()).text();
}

async function names(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const name of folder.keys()) found.push(name);
  return found.sort();
}

/** Two pictures, one with a text. */
async function fill(): Promise<void> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  const picture = await canvas.convertToBlob({ type: 'image/png' });
  await put('a.png', picture);
  await put('b.png', picture);
  await put('a.txt', 'Old words.\n');
}

function saverOf(workspace: Workspace): FolderSaver {
  return workspace.autosave.savers[0] ?? expect.unreachable('nothing is saved');
}

async function open(stores: Stores = memoryStores()): Promise<Workspace> {
  const { workspace } = await openWorkspace({}, stores);
  if (workspace.library.cards.length === 0) takeIn(workspace, await readHandles([folder]));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
  await workspace.library.flush(); // what another tab is to begin with
  await workspace.autosave.refresh();
  return workspace;
}

async function turnOn(workspace: Workspace): Promise<void> {
  const [record] = workspace.autosave.folders;
  if (record === undefined) return expect.unreachable('no folder is known');
  await workspace.autosave.turnOn(record, workspace.autosave.choiceOf(record));
}

async function write(workspace: Workspace, name: string, text: string): Promise<void> {
  const card = workspace.library.cards.find((one) => one.name === name);
  if (card === undefined) return expect.unreachable(`no ${name}`);
  workspace.editing.write(card, text);
  await workspace.library.flush();
}

/** Waits until everything is saved; without `isPatient` it does not wait for the moment to come. */
async function saved(workspace: Workspace, isPatient = false): Promise<void> {
  if (!isPatient) await Promise.all(workspace.autosave.savers.map((saver) => saver.save()));
  await vi.waitFor(() => expect([workspace.autosave.state, workspace.autosave.waiting]).toEqual(['saved', 0]));
}

/** Waits until somebody has to say what becomes of a file, and everything else is saved: a conflict is told while others are still written. */
async function contested(workspace: Workspace): Promise<void> {
  await vi.waitFor(() => {
    const { state, waiting } = workspace.autosave;
    expect([state, saverOf(workspace).phase, waiting]).toEqual(['contested', 'saved', 0]);
  });
}

beforeEach(async () => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry('autosaved', { recursive: true }).catch(() => undefined);
  folder = await root.getDirectoryHandle('autosaved', { create: true });
  await fill();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('saving captions beside the pictures as they change', () => {
  it('writes nothing before it is turned on, then what the model wrote, and then each change', async () => {
    const workspace = await open();
    await write(workspace, 'a.png', 'New words.');
    expect(workspace.autosave.state).toBe('off');
    expect(await read('a.txt')).toBe('Old words.\n');

    await turnOn(workspace);
    await saved(workspace);
    expect(await read('a.txt')).toBe('New words.\n');
    const written = workspace.library.cards.find(({ name }) => name === 'b.png')?.text ?? '';
    expect(written).not.toBe('');
    expect(await read('b.txt')).toBe(`${written}\n`);

    await write(workspace, 'b.png', 'Mine, "quoted" 🐈');
    await saved(workspace, true);
    expect(await read('b.txt')).toBe('Mine, "quoted" 🐈\n');
    workspace.undo();
    await workspace.library.flush();
    await saved(workspace);
    expect(await read('b.txt')).toBe(`${written}\n`);
  });

  it('leaves files alone whose captions came from them', async () => {
    const workspace = await open();
    const before = (await (await folder.getFileHandle('a.txt')).getFile()).lastModified;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await turnOn(workspace);
    await saved(workspace);
    expect((await (await folder.getFileHandle('a.txt')).getFile()).lastModified).toBe(before);
  });

  it('empties the text of a caption that was taken away, so that it does not come back', async () => {
    const workspace = await open();
    await turnOn(workspace);
    await write(workspace, 'a.png', '');
    await saved(workspace);
    expect(await read('a.txt')).toBe('\n');
  });

  it('keeps the file that a picture is read from', async () => {
    await folder.removeEntry('a.txt');
    await put('a.png.txt', 'Of this picture alone.\n');
    const workspace = await open();
    await turnOn(workspace);
    await write(workspace, 'a.png', 'Changed.');
    await saved(workspace);
    expect(await read('a.png.txt')).toBe('Changed.\n');
    expect(await names()).toEqual(['a.png', 'a.png.txt', 'b.png', 'b.txt']);
  });

  it('writes .caption files where the folder has such, with the tags beside them', async () => {
    await put('a.caption', 'A caption.\n');
    await put('a.txt', 'sea, blue sky\n');
    const workspace = await open();
    await turnOn(workspace);
    await write(workspace, 'a.png', 'Another caption.');
    await saved(workspace);
    expect([await read('a.caption'), await read('a.txt')]).toEqual(['Another caption.\n', 'sea, blue sky\n']);
  });

  it('never writes over a file that changed meanwhile, asks, and does what is said', async () => {
    const workspace = await open();
    await turnOn(workspace);
    await saved(workspace);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await put('a.txt', 'Words of another program.\n');
    await write(workspace, 'a.png', 'Mine.');
    await write(workspace, 'b.png', 'Mine too.');
    await contested(workspace);
    expect(saverOf(workspace).conflicts.map(({ path }) => path)).toEqual(['a.txt']);
    expect(await read('a.txt')).toBe('Words of another program.\n');
    expect(await read('b.txt')).toBe('Mine too.\n');

    await saverOf(workspace).resolve('keep');
    await saved(workspace);
    expect(await read('a.txt')).toBe('Words of another program.\n');
    await write(workspace, 'a.png', 'Mine again.');
    await contested(workspace);
    await saverOf(workspace).resolve('overwrite');
    await saved(workspace);
    expect(await read('a.txt')).toBe('Mine again.\n');

    await new Promise((resolve) => setTimeout(resolve, 20));
    await put('a.txt', 'Theirs, taken in.\n');
    await write(workspace, 'a.png', 'Mine, given up.');
    await contested(workspace);
    await saverOf(workspace).resolve('take');
    await saved(workspace);
    expect(workspace.library.cards.map(({ text }) => text)).toContain('Theirs, taken in.');
    expect(await read('a.txt')).toBe('Theirs, taken in.\n');
    workspace.undo();
    await workspace.library.flush();
    await saved(workspace);
    expect(await read('a.txt')).toBe('Mine, given up.\n');
  });

  it('asks again after a reload, and writes then what was not written', async () => {
    const stores = memoryStores();
    const before = await open(stores);
    await turnOn(before);
    await saved(before);
    let isAllowed = false;
    Reflect.set(prototype, 'queryPermission', () => Promise.resolve(isAllowed ? 'granted' : 'prompt'));
    Reflect.set(prototype, 'requestPermission', () => {
      isAllowed = true;
      return Promise.resolve('granted');
    });
    try {
      await write(before, 'a.png', 'Not written before the page closed.');
      await vi.waitFor(() => expect(before.autosave.state).toBe('asking'));
      expect(await read('a.txt')).toBe('Old words.\n');

      const after = await open(stores);
      expect([after.autosave.state, after.autosave.waiting]).toEqual(['asking', 1]);
      expect(after.notices.toasts.map(({ title }) => title)).toContain('Captions are not saved in “autosaved” yet');
      await after.autosave.goOn();
      await saved(after);
      expect(await read('a.txt')).toBe('Not written before the page closed.\n');
      expect(await stores.unsaved.ids()).toEqual([]);
    } finally {
      Reflect.deleteProperty(prototype, 'queryPermission');
      Reflect.deleteProperty(prototype, 'requestPermission');
    }
  });

  it.each([
    ['a full disk', new DOMException('full', 'QuotaExceededError'), 'space'],
    ['a revoked access', new DOMException('revoked', 'NotAllowedError'), 'refused'],
  ])('leaves nothing half-written on %s midway, tells how many are left, and goes on with them', async (_name, error, reason) => {
    const workspace = await open();
    await turnOn(workspace);
    await saved(workspace);
    const createWritable = Reflect.get<typeof FileSystemFileHandle.prototype, 'createWritable'>(
      FileSystemFileHandle.prototype,
      'createWritable',
    );
    let isBroken = true;
    vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (this: FileSystemFileHandle) {
      const writer = await createWritable.call(this);
      const push = writer.write.bind(writer);
      vi.spyOn(writer, 'write').mockImplementation(async (data) => {
        if (!isBroken || this.name !== 'b.txt') return push(data);
        await push('half a');
        throw error;
      });
      return writer;
    });
    const old = await read('b.txt');
    await write(workspace, 'a.png', 'First.');
    await write(workspace, 'b.png', 'Second.');
    await vi.waitFor(() => expect([workspace.autosave.state, workspace.autosave.waiting]).toEqual(['halted', 1]));
    expect(workspace.notices.toasts.at(-1)?.text).toContain('1 picture will be saved when it goes on');
    expect(saverOf(workspace).reason).toContain(reason);
    expect([await read('a.txt'), await read('b.txt')]).toEqual(['First.\n', old]);
    isBroken = false;
    await workspace.autosave.goOn();
    await saved(workspace);
    expect(await read('b.txt')).toBe('Second.\n');
  });

  it('waits while another tab writes into the folder', async () => {
    const workspace = await open();
    await turnOn(workspace);
    await saved(workspace);
    const lock = `caption-studio-folder-${saverOf(workspace).folder.id}`;
    let release: () => void = () => undefined;
    let other: Promise<unknown> = Promise.resolve();
    await new Promise<void>((hold) => {
      other = navigator.locks.request(lock, () => {
        hold();
        return new Promise<void>((resolve) => (release = resolve));
      });
    });
    await write(workspace, 'a.png', 'Only afterwards.');
    void saverOf(workspace).save();
    const isWaiting = async (): Promise<boolean> => (await navigator.locks.query()).pending?.some(({ name }) => name === lock) ?? false;
    await vi.waitFor(async () => expect(await isWaiting()).toBe(true));
    expect(workspace.autosave.state).toBe('saving');
    expect(await read('a.txt')).toBe('Old words.\n');
    release();
    await other;
    await saved(workspace);
    expect(await read('a.txt')).toBe('Only afterwards.\n');
  });

  it('is chosen for all tabs: one that did not turn it on saves, too, and stops when another turns it off', async () => {
    const stores = memoryStores();
    const one = await open(stores);
    const two = await open(stores);
    await turnOn(one);
    await saved(one);
    await write(two, 'a.png', 'By the other tab.');
    await saved(two);
    expect(await read('a.txt')).toBe('By the other tab.\n');
    const [record] = one.autosave.folders;
    if (record !== undefined) await one.autosave.turnOff(record);
    await write(two, 'a.png', 'Not any more.');
    await vi.waitFor(() => expect(two.autosave.state).toBe('off'));
    expect(await read('a.txt')).toBe('By the other tab.\n');
  });
});
