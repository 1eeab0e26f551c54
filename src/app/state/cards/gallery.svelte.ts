/** @file The gallery: what is shown of the library, what is selected, and which picture is open. */

import { SvelteSet } from 'svelte/reactivity';
import { askedScores } from '../../../core/dataset/filter/caption-scores.ts';
import { sayUnknownValue } from '../../../core/dataset/filter/closed-values.ts';
import { scoreIn } from '../../../core/dataset/filter/score-name.ts';
import { everything, passesFilter, type Filter } from '../../../core/dataset/filter/filter.ts';
import { parseFilter, type FilterProblem } from '../../../core/dataset/filter/parse.ts';
import { arrange, matchesState, type StateFilter } from './arrange.ts';
import { filterRecordOf, type FilterContext } from './card-filter.ts';
import type { Card } from './card.svelte.ts';
import type { Library } from './library.svelte.ts';
import type { Settings } from '../settings.svelte.ts';

/** How a click changes the selection. */
export type SelectMode = 'one' | 'toggle' | 'range';

/** What is shown and chosen. */
export class Gallery {
  #words = $state('');
  /** What is wrong with the words as they stand; the last ones that were right count until they are mended. */
  problem = $state.raw<FilterProblem | undefined>(undefined);
  #filter = $state.raw<Filter>(everything);
  stateFilter = $state<StateFilter>('all');
  /** The picture shown large. */
  openId = $state<string | undefined>(undefined);
  readonly selectedIds = new SvelteSet<string>();
  /** The card that the keyboard stands on. */
  anchorId = $state<string | undefined>(undefined);
  /** The card that was selected last, from which a range is counted. */
  #rangeFromId: string | undefined;
  readonly #library: Library;
  readonly #settings: Settings;
  readonly #context: FilterContext;

  readonly #shown = $derived.by(() => {
    const filter = this.#filter;
    const passes = filter === everything ? undefined : (card: Card) => passesFilter(filter, filterRecordOf(card, this.#context));
    const scoreOf = (card: Card, name: string): number | undefined => scoreIn(this.#context.scoresOf(card), name);
    return arrange(this.#library.cards, { passes, state: this.stateFilter, scoreOf }, this.#settings.now.sort);
  });
  readonly #counts = $derived.by(() => {
    const counts = { all: 0, waiting: 0, done: 0, failed: 0 };
    for (const { state } of this.#library.cards) {
      counts.all += 1;
      if (state === 'done') counts.done += 1;
      else if (state === 'failed') counts.failed += 1;
      else if (matchesState(state, 'waiting')) counts.waiting += 1;
    }
    return counts;
  });

  constructor(library: Library, settings: Settings, known: Omit<FilterContext, 'isSelected'>) {
    this.#library = library;
    this.#settings = settings;
    this.#context = { ...known, isSelected: (card) => this.selectedIds.has(card.id) };
  }

  /** What is to be found, in the filter language. */
  get words(): string {
    return this.#words;
  }

  set words(words: string) {
    this.#words = words;
    const { filter, problem } = parseFilter(words);
    this.problem = problem ?? undefined;
    if (filter !== null) this.#filter = words.trim() === '' ? everything : filter;
  }

  /** Names of scores that the filter or the order asks for: those are shown on the cards. */
  get wantedScores(): readonly string[] {
    const { sort } = this.#settings.now;
    return [...new Set([...askedScores(this.#filter), ...(sort.startsWith('score:') ? [sort.slice('score:'.length)] : [])])];
  }

  /** Says which value of the filter no picture can have; null where there is none. */
  get unknownValue(): string | null {
    return sayUnknownValue(this.#filter);
  }

  /** The cards in view order. */
  get shown(): readonly Card[] {
    return this.#shown;
  }

  /** How many cards are in each state. */
  get counts(): Readonly<Record<StateFilter, number>> {
    return this.#counts;
  }

  /** The selected cards, in view order. */
  get selected(): readonly Card[] {
    if (this.selectedIds.size === 0) return [];
    return this.#library.cards.filter((card) => this.selectedIds.has(card.id));
  }

  /** The picture shown large. */
  get open(): Card | undefined {
    return this.openId === undefined ? undefined : this.#library.cards.find((card) => card.id === this.openId);
  }

  /** Whether a filter hides some cards. */
  get isFiltered(): boolean {
    return this.words.trim() !== '' || this.stateFilter !== 'all';
  }

  /** Changes the selection as a click does: alone, with Ctrl, with Shift. */
  select(card: Card, mode: SelectMode): void {
    const from = this.selectedIds.size === 0 ? this.anchorId : (this.#rangeFromId ?? this.anchorId);
    if (mode === 'range' && from !== undefined) {
      this.#rangeFromId = from;
      this.#selectRange(from, card.id);
      return;
    }
    if (mode === 'toggle' || mode === 'range') {
      if (!this.selectedIds.delete(card.id)) this.selectedIds.add(card.id);
    } else {
      this.selectedIds.clear();
      this.selectedIds.add(card.id);
    }
    this.anchorId = card.id;
    this.#rangeFromId = card.id;
  }

  /** Selects everything that is shown. */
  selectAll(): void {
    for (const card of this.shown) this.selectedIds.add(card.id);
  }

  /** Selects nothing. */
  clearSelection(): void {
    this.selectedIds.clear();
  }

  /** Shows everything. */
  clearFilter(): void {
    this.words = '';
    this.stateFilter = 'all';
  }

  /** Opens the next (+1) or previous (-1) picture, without going round. */
  step(by: 1 | -1): void {
    const next = this.neighbour(this.openId, by);
    if (next !== undefined) this.openId = next.id;
  }

  /** The card beside another in view order. */
  neighbour(id: string | undefined, by: number): Card | undefined {
    const index = this.shown.findIndex((card) => card.id === id);
    if (index === -1) return this.shown[0];
    return this.shown[Math.min(this.shown.length - 1, Math.max(0, index + by))];
  }

  /** Forgets cards that are gone. */
  leave(cards: readonly Card[]): void {
    for (const card of cards) {
      this.selectedIds.delete(card.id);
      if (this.openId === card.id) this.openId = undefined;
    }
  }

  #selectRange(from: string, to: string): void {
    const a = this.shown.findIndex((card) => card.id === from);
    const b = this.shown.findIndex((card) => card.id === to);
    if (a === -1 || b === -1) return;
    this.selectedIds.clear();
    for (const card of this.shown.slice(Math.min(a, b), Math.max(a, b) + 1)) this.selectedIds.add(card.id);
  }
}
