/** @file Two tabs on one comparison. */
import { describe, expect, it } from 'vitest';
import { noComparison, type BlindRound, type ComparisonRecord } from '../../../src/app/state/compare/comparison-record.ts';
import { joinComparisons } from '../../../src/app/state/compare/join-comparisons.ts';

const column = (id: string): ComparisonRecord['columns'][number] => ({
  id,
  model: { name: 'm', sha256: 's' },
  recipe: { prompt: id, label: id, system: null, changes: {} },
});
const [one, two, three] = [column('1'), column('2'), column('3')];
const round = (choices: BlindRound['choices'], seed = 1): BlindRound => ({ seed, columnIds: ['1', '2'], choices, isRevealed: false });
const judged = (choices: BlindRound['choices'], seed?: number): ComparisonRecord => ({ ...noComparison, blind: round(choices, seed) });

describe('what one tab changed', () => {
  it('adds its choice to those that another tab made meanwhile', () => {
    const joined = joinComparisons({ before: judged({ a: '1' }), mine: judged({ a: '1', b: '2' }), stored: judged({ a: '1', c: null }) });
    expect(joined.blind?.choices).toEqual({ a: '1', b: '2', c: null });
  });

  it('keeps another choice that the other tab made of a picture which this one left alone', () => {
    const joined = joinComparisons({ before: judged({ a: '1' }), mine: judged({ a: '1', b: '2' }), stored: judged({ a: '2' }) });
    expect(joined.blind?.choices).toEqual({ a: '2', b: '2' });
  });

  it('takes a choice back that it had made, and no other', () => {
    const joined = joinComparisons({ before: judged({ a: '1' }), mine: judged({}), stored: judged({ a: '1', c: '2' }) });
    expect(joined.blind?.choices).toEqual({ c: '2' });
  });

  it('begins another round in the place of the former', () => {
    const joined = joinComparisons({ before: judged({ a: '1' }), mine: judged({}, 2), stored: judged({ a: '1', c: '2' }) });
    expect(joined.blind).toEqual(round({}, 2));
  });

  it('leaves the round alone where it changed something else', () => {
    const before = judged({ a: '1' });
    const stored = judged({ a: '1', c: '2' });
    expect(joinComparisons({ before, mine: { ...before, isWriting: true }, stored })).toEqual({ ...stored, isWriting: true });
  });

  it('keeps columns that were added beside, and brings none back that another tab removed', () => {
    const of = (columns: ComparisonRecord['columns']): ComparisonRecord => ({ ...noComparison, columns });
    expect(joinComparisons({ before: of([one]), mine: of([one, two]), stored: of([one, three]) }).columns).toEqual([one, two, three]);
    expect(joinComparisons({ before: of([one, two]), mine: of([one, two, three]), stored: of([two]) }).columns).toEqual([two, three]);
    expect(joinComparisons({ before: of([one, two]), mine: of([two]), stored: of([one, two, three]) }).columns).toEqual([two, three]);
  });
});
