/** @file Judging captions without names: choices by picture, each of which can be taken back, until the names are shown. */

import { tallyChoices, type PreferenceTally } from '../../../core/metric/preference.ts';
import { blindOrder } from './blind-order.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { BlindRound, ComparisonColumn, ComparisonRecord } from './comparison-record.ts';
import type { History } from '../history.svelte.ts';

/** What judging stands on. */
export interface BlindParts {
  /** The comparison as it is now, and how to change it. */
  readonly read: () => ComparisonRecord;
  readonly change: (change: Partial<ComparisonRecord>) => void;
  readonly history: History;
  readonly find: (cardId: string) => Card | undefined;
}

/** A round of judging. */
export class Blind {
  readonly #parts: BlindParts;
  readonly #tally = $derived.by(() => this.#count());

  constructor(parts: BlindParts) {
    this.#parts = parts;
  }

  /** Whether names are hidden. */
  get isOn(): boolean {
    return this.#round?.isRevealed === false;
  }

  /** Whether a round is over and its names are shown. */
  get isRevealed(): boolean {
    return this.#round?.isRevealed === true;
  }

  /** The columns among which is or was chosen. */
  get candidates(): readonly ComparisonColumn[] {
    const { columns, blind } = this.#parts.read();
    return columns.filter(({ id }) => blind?.columnIds.includes(id) === true);
  }

  /** What the choices come to, by the candidates' places. */
  get tally(): PreferenceTally {
    return this.#tally;
  }

  /** The columns as they stand beside a picture, from left to right. */
  orderFor(card: Card): readonly ComparisonColumn[] {
    const { columns } = this.#parts.read();
    const round = this.#round;
    return round === null || round.isRevealed ? columns : blindOrder(columns, round.seed, card.id);
  }

  /** The column that was chosen for a picture; null where none was better, undefined where nobody has judged it. */
  choiceFor(card: Card): string | null | undefined {
    return this.#round?.choices[card.id];
  }

  /** Hides the names; the choices of an earlier round go, with a way back. */
  begin(seed: number = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0): void {
    const columnIds = this.#parts.read().columns.map(({ id }) => id);
    this.#step('Blind comparison begun', { seed, columnIds, choices: {}, isRevealed: false });
  }

  /** Chooses the best caption of a picture; null says that none is better. */
  choose(card: Card, columnId: string | null): void {
    const round = this.#round;
    if (round === null || round.isRevealed || round.choices[card.id] === columnId) return;
    this.#step(`Choice for ${card.name}`, { ...round, choices: { ...round.choices, [card.id]: columnId } });
  }

  /** Shows the names; a round without a choice is as if it had never been. */
  reveal(): void {
    const round = this.#round;
    if (round === null) return;
    const isEmpty = Object.keys(round.choices).length === 0;
    this.#step('Blind comparison ended', isEmpty ? null : { ...round, isRevealed: true });
  }

  get #round(): BlindRound | null {
    return this.#parts.read().blind;
  }

  #step(label: string, after: BlindRound | null): void {
    const { read, change, history } = this.#parts;
    const before = read().blind;
    change({ blind: after });
    history.add({ label, undo: () => change({ blind: before }), redo: () => change({ blind: after }) });
  }

  #count(): PreferenceTally {
    const { candidates } = this;
    const places = new Map(candidates.map(({ id }, place) => [id, place]));
    const choices = Object.entries(this.#round?.choices ?? {}).flatMap(([cardId, columnId]) => {
      // A picture that was deleted, or a column that was taken away later, counts no more.
      if (this.#parts.find(cardId) === undefined) return [];
      if (columnId === null) return [null];
      const place = places.get(columnId);
      return place === undefined ? [] : [place];
    });
    return tallyChoices(choices, candidates.length);
  }
}
