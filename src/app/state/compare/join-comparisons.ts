/** @file One comparison that several tabs change: what one of them changed is put into what stands there, so that none loses what another chose. */

import type { BlindRound, ComparisonColumn, ComparisonRecord } from './comparison-record.ts';

/** What a tab knew before its change, what it made of it, and what is stored by now. */
export interface ComparisonSides {
  readonly before: ComparisonRecord;
  readonly mine: ComparisonRecord;
  readonly stored: ComparisonRecord;
}

/** Puts a tab's change into what is stored; what the tab left alone stays as it is there. */
export function joinComparisons({ before, mine, stored }: ComparisonSides): ComparisonRecord {
  const changed = <K extends keyof ComparisonRecord>(field: K): ComparisonRecord[K] =>
    mine[field] === before[field] ? stored[field] : mine[field];
  return {
    columns: mine.columns === before.columns ? stored.columns : joinColumns(before.columns, mine.columns, stored.columns),
    pictureIds: changed('pictureIds'),
    blind: mine.blind === before.blind ? stored.blind : joinRounds(before.blind, mine.blind, stored.blind),
    isWriting: changed('isWriting'),
  };
}

/** Mine in their order, without those that another tab removed, then those that it added. */
function joinColumns(
  before: readonly ComparisonColumn[],
  mine: readonly ComparisonColumn[],
  stored: readonly ComparisonColumn[],
): readonly ComparisonColumn[] {
  const has = (list: readonly ComparisonColumn[], { id }: ComparisonColumn): boolean => list.some((one) => one.id === id);
  const kept = mine.filter((column) => has(stored, column) || !has(before, column));
  return [...kept, ...stored.filter((column) => !has(mine, column) && !has(before, column))];
}

/** Choices of one round add up; of two rounds the one that was begun last counts. */
function joinRounds(before: BlindRound | null, mine: BlindRound | null, stored: BlindRound | null): BlindRound | null {
  if (mine === null || stored === null || mine.seed !== stored.seed) return mine;
  const known = before?.seed === mine.seed ? before.choices : {};
  const isTakenBack = (cardId: string): boolean => cardId in known && !(cardId in mine.choices);
  const others = Object.entries(stored.choices).filter(([cardId]) => !isTakenBack(cardId));
  const own = Object.entries(mine.choices).filter(([cardId, choice]) => !(cardId in known) || known[cardId] !== choice);
  return { ...mine, choices: Object.fromEntries([...others, ...own]) };
}
