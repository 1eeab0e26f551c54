/** @file Two drawers of one name stand for two tabs: each hears what the other did, and nothing of its own. */
import { expect, it, vi } from 'vitest';
import { openWatchedRecords, type ChangedIds } from '../../src/storage/watched-records.ts';

it('tells other tabs which records were saved, changed and removed, after it is done', async () => {
  const [mine, theirs] = [openWatchedRecords<string>('watched-test'), openWatchedRecords<string>('watched-test')];
  const heard: ChangedIds[] = [];
  const own: ChangedIds[] = [];
  mine.watch((change) => heard.push(change));
  theirs.watch((change) => own.push(change));
  await theirs.save('a', 'one');
  await theirs.saveMany([
    ['b', 'two'],
    ['c', 'three'],
  ]);
  await theirs.update('a', (text = '') => `${text} more`);
  await theirs.remove(['b']);
  await theirs.remove([]);
  await vi.waitFor(() => expect(heard).toHaveLength(4));
  expect(heard).toEqual([
    { changed: ['a'], removed: [] },
    { changed: ['b', 'c'], removed: [] },
    { changed: ['a'], removed: [] },
    { changed: [], removed: ['b'] },
  ]);
  expect(await mine.loadAll()).toEqual(['one more', 'three']);
  await theirs.clear();
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ changed: [], removed: ['a', 'c'] }));
  expect(own).toEqual([]);
});
