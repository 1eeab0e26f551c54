/** @file Dealing pictures out. */
import { describe, expect, it } from 'vitest';
import { assignSplits, parseShares } from '../../../../src/core/dataset/edit/assign-splits.ts';
import { makeItem } from '../../../../src/core/dataset/item.ts';
import { countAll } from '../../../../src/core/dataset/stats/dataset-stats.ts';

const items = Array.from({ length: 2000 }, (_, i) => makeItem(`folder/${String(i).padStart(5, '0')}.jpg`));
const shares = parseShares('train:90, validation:7.5,test:2.5');

describe('assignSplits', () => {
  it('keeps the shares', () => {
    const counts = new Map(countAll(assignSplits(items, shares).map(({ split }) => split ?? '')).map(({ name, count }) => [name, count]));
    expect([...counts.keys()]).toEqual(['train', 'validation', 'test']);
    expect(Math.abs((counts.get('train') ?? 0) - 1800)).toBeLessThan(50);
    expect(Math.abs((counts.get('validation') ?? 0) - 150)).toBeLessThan(40);
  });

  it('moves no picture when others come or go', () => {
    const all = new Map(assignSplits(items, shares).map(({ path, split }) => [path, split]));
    for (const { path, split } of assignSplits(items.slice(500, 700).toReversed(), shares)) expect(split).toBe(all.get(path));
  });

  it('gives a part of no share nothing', () => {
    expect(new Set(assignSplits(items, parseShares('a:0,b:1,c:0')).map(({ split }) => split))).toEqual(new Set(['b']));
  });
});

describe('parseShares', () => {
  it.each(['train', 'train:x', 'train:-1', 'a:1,a:2', 'a:0', ''])('refuses %s', (text) => {
    expect(() => parseShares(text)).toThrow(/splits: /u);
  });
});
