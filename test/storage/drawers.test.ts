import { afterEach, describe, expect, it } from 'vitest';
import { openPictureFiles } from '../../src/storage/picture-files.ts';
import { openRecords } from '../../src/storage/records.ts';
import { toStorageError } from '../../src/storage/storage-error.ts';

const records = openRecords<{ readonly text: string }>('test');
const files = openPictureFiles();

afterEach(async () => {
  await records.clear();
  await files.removeOthers(() => false);
});

describe('records', () => {
  it('come back under their ids, and only those that were not removed', async () => {
    await records.saveMany([
      ['a', { text: 'one' }],
      ['b', { text: 'two' }],
    ]);
    await records.save('c', { text: 'three' });
    await records.remove(['a']);
    expect((await records.ids()).toSorted()).toEqual(['b', 'c']);
    expect(await records.load('b')).toEqual({ text: 'two' });
    expect(await records.load('a')).toBeUndefined();
    expect(await records.loadAll()).toHaveLength(2);
  });
});

describe('picture files', () => {
  it('are copied where the browser gives no handle, and read back byte by byte', async () => {
    const source = await files.keep('p1', new File(['bytes'], 'p.jpg'));
    expect(source).toEqual({ kind: 'copy', path: 'p1' });
    expect(await (await files.read(source, 'p.jpg')).text()).toBe('bytes');
  });

  it('that are gone are named', async () => {
    const source = await files.keep('p2', new File(['bytes'], 'p.jpg'));
    await files.remove([source]);
    await expect(files.read(source, 'holiday.jpg')).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('holiday.jpg') as string,
    });
  });

  it('of the user stay as handles', async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('own.txt', { create: true });
    const source = await files.keep('p3', new File([], 'own.txt'), handle);
    await files.remove([source]);
    expect((await files.read(source, 'own.txt')).name).toBe('own.txt');
    await root.removeEntry('own.txt');
  });

  it('that nobody keeps are swept away', async () => {
    const kept = await files.keep('p4', new File(['4'], '4.jpg'));
    const lost = await files.keep('p5', new File(['5'], '5.jpg'));
    await files.removeOthers((id) => id === 'p4');
    expect(await (await files.read(kept, '4.jpg')).text()).toBe('4');
    await expect(files.read(lost, '5.jpg')).rejects.toMatchObject({ code: 'file-missing' });
  });
});

describe('toStorageError', () => {
  it('gives what the browser throws a code to switch on', () => {
    const codes = ['QuotaExceededError', 'NotAllowedError', 'NotFoundError', 'OtherError'].map(
      (name) => toStorageError('x', new DOMException('', name)).code,
    );
    expect(codes).toEqual(['storage-full', 'permission', 'file-missing', 'internal']);
  });
});
