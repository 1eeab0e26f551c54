/** @file Two drawers of one name stand for two tabs: each has a database connection and a channel of its own. */
import { afterEach, describe, expect, it } from 'vitest';
import { openSharedRecords, type OthersChange } from '../../src/storage/shared-records.ts';

interface Note {
  readonly id: string;
  readonly stamp?: string;
  readonly text: string;
}

const mine = openSharedRecords<Note>('shared-test');
const theirs = openSharedRecords<Note>('shared-test');
const heard: OthersChange<Note>[] = [];
mine.watch((change) => heard.push(change));

afterEach(async () => {
  await mine.clear();
  heard.length = 0;
});

const first: Note = { id: 'a', stamp: '1', text: 'first' };

describe('records that tabs share', () => {
  it('are written where nobody came between, and given back unwritten where somebody did', async () => {
    expect(await mine.saveUnchanged([{ record: first, before: undefined }])).toEqual([]);
    const changed: Note = { id: 'a', stamp: '2', text: 'theirs' };
    expect(await theirs.saveUnchanged([{ record: changed, before: '1' }])).toEqual([]);
    const late = { record: { id: 'a', stamp: '3', text: 'mine' }, before: '1' };
    const other = { record: { id: 'b', stamp: '4', text: 'another' }, before: undefined };
    expect(await mine.saveUnchanged([late, other])).toEqual([{ id: 'a', current: changed }]);
    expect(await mine.load('a')).toEqual(changed);
    expect(await mine.load('b')).toEqual(other.record);
  });

  it('say so when the record was removed', async () => {
    await mine.saveUnchanged([{ record: first, before: undefined }]);
    await theirs.remove(['a']);
    expect(await mine.saveUnchanged([{ record: { ...first, stamp: '2' }, before: '1' }])).toEqual([{ id: 'a', current: undefined }]);
  });

  it('let one of many writers at once through, and no two', async () => {
    await mine.saveUnchanged([{ record: first, before: undefined }]);
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? mine : theirs).saveUnchanged([{ record: { id: 'a', stamp: `s${String(i)}`, text: String(i) }, before: '1' }]),
      ),
    );
    expect(results.filter((met) => met.length === 0)).toHaveLength(1);
  });

  it('tell other tabs what was changed and removed, and not the own one', async () => {
    await theirs.saveUnchanged([{ record: { ...first, id: 'told' }, before: undefined }]);
    await theirs.remove(['told']);
    await mine.saveUnchanged([{ record: { ...first, id: 'own' }, before: undefined }]);
    await theirs.remove(['last']);
    await expect.poll(() => heard.flatMap(({ removed }) => removed)).toEqual(expect.arrayContaining(['told', 'last']));
    expect(heard.flatMap(({ changed }) => changed.map(({ id }) => id))).not.toContain('own');
  });
});
