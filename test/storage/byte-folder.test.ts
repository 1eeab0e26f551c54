/** @file Bytes by name in the browser's own files: whole or not there, also where a first write was broken off. */
import { afterEach, expect, it, vi } from 'vitest';
import { openByteFolder, removeFolder } from '../../src/storage/byte-folder.ts';

const path = ['byte-folder-test', 'within'];
const folder = openByteFolder(path);

afterEach(async () => {
  vi.restoreAllMocks();
  await removeFolder(['byte-folder-test']);
});

it('gives back what was put in, and null for what is not there', async () => {
  expect(await folder.read('a')).toBeNull();
  await folder.write('a', new Uint8Array([1, 2, 3]));
  expect([...((await folder.read('a')) ?? [])]).toEqual([1, 2, 3]);
  await folder.remove('a');
  expect(await folder.read('a')).toBeNull();
});

it('has nothing where the first write was broken off, and the former bytes where a later one was', async () => {
  await folder.write('later', new Uint8Array([1]));
  vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockRejectedValue(new DOMException('spent', 'QuotaExceededError'));
  for (const name of ['first', 'later'])
    await expect(folder.write(name, new Uint8Array(9))).rejects.toMatchObject({ code: 'storage-full' });
  expect(await folder.read('first')).toBeNull();
  expect([...((await folder.read('later')) ?? [])]).toEqual([1]);
});
