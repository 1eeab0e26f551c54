/** @file Which cards are shown, and in which order. */

import { betterEnd } from '../../../core/metric/reading.ts';
import type { CardState } from './card-record.ts';
import type { SortOrder } from '../settings.svelte.ts';

/** What arranging needs to know of a card. */
export interface Arrangeable {
  readonly name: string;
  readonly order: number;
  readonly text: string;
  readonly state: CardState;
}

/** States as the filter offers them: what is being worked on counts as waiting. */
export type StateFilter = 'all' | 'waiting' | 'done' | 'failed';

/** What to show. */
export interface Showing<T> {
  /** undefined shows all. */
  readonly passes: ((card: T) => boolean) | undefined;
  readonly state: StateFilter;
  /** For orders by a score. */
  readonly scoreOf?: (card: T, name: string) => number | undefined;
}

const stateRank: Readonly<Record<CardState, number>> = { failed: 0, writing: 1, looking: 1, waiting: 2, done: 3 };

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Whether a state falls under a filter. */
export function matchesState(state: CardState, filter: StateFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'done':
    case 'failed':
      return state === filter;
    case 'waiting':
      return state !== 'done' && state !== 'failed';
    default:
      return filter satisfies never;
  }
}

/** The cards that pass, in the given order; ties keep the order of arrival. */
export function arrange<T extends Arrangeable>(
  cards: readonly T[],
  { passes, state, scoreOf }: Showing<T>,
  order: SortOrder,
): readonly T[] {
  const isShown = (card: T): boolean => matchesState(card.state, state) && passes?.(card) !== false;
  const isAll = state === 'all' && passes === undefined;
  const shown = isAll ? cards : cards.filter(isShown);
  switch (order) {
    case 'oldest':
      return shown;
    case 'newest':
      return shown.toReversed();
    case 'name':
      return shown.toSorted((a, b) => byName.compare(a.name, b.name));
    case 'state':
      return shown.toSorted((a, b) => stateRank[a.state] - stateRank[b.state]);
    case 'longest':
      return shown.toSorted((a, b) => b.text.length - a.text.length);
    default:
      return order.startsWith('score:') && scoreOf ? worstFirst(shown, order.slice('score:'.length), scoreOf) : shown;
  }
}

/** What should be looked at comes first; what has no such score, last. */
function worstFirst<T>(cards: readonly T[], name: string, scoreOf: (card: T, name: string) => number | undefined): readonly T[] {
  const sign = betterEnd(name) === 'lower' ? -1 : 1;
  const keyOf = (card: T): number => {
    const score = scoreOf(card, name);
    return score === undefined ? Infinity : sign * score;
  };
  return cards
    .map((card) => ({ card, key: keyOf(card) }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key - b.key))
    .map(({ card }) => card);
}
