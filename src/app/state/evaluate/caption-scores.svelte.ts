/** @file Scores of the gallery's captions, as the Evaluate room computed them last: each counts for exactly the caption it was computed for. */

import { importedScores, type CaptionScores } from '../../../core/dataset/filter/caption-scores.ts';
import { createNameMatcher } from '../../../core/dataset/match-names.ts';
import { isSameScore } from '../../../core/dataset/filter/score-name.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { Card } from '../cards/card.svelte.ts';
import { distinctNames } from '../cards/distinct-names.ts';
import type { EvaluationOutcome } from './evaluation-record.ts';

/** What is stored: captions by their card's id and text, with their scores. */
export type ScoreRecord = readonly (readonly [key: string, scores: CaptionScores])[];

/** What the scores stand on. */
export interface CaptionScoringParts {
  readonly records: RecordStore<ScoreRecord>;
  readonly cards: () => readonly Card[];
  readonly onTrouble: (error: unknown) => void;
}

const recordId = 'scores';

/** The scores of captions. */
export class CaptionScoring {
  #scores = $state.raw<ReadonlyMap<string, CaptionScores>>(new Map());
  readonly #parts: CaptionScoringParts;

  constructor(parts: CaptionScoringParts) {
    this.#parts = parts;
  }

  /** Names of scores that captions have, for completion and orders. */
  readonly names = $derived.by(() => {
    const names = new Set<string>();
    for (const card of this.#parts.cards()) for (const name of Object.keys(this.of(card))) names.add(name);
    return [...names];
  });

  /** Brings back what was computed before. */
  async load(): Promise<void> {
    this.#scores = new Map(await this.#parts.records.load(recordId));
  }

  /** The scores of a card's caption: computed for exactly this text, or read with it. */
  of(card: Pick<Card, 'id' | 'text' | 'author' | 'place'>): CaptionScores {
    const computed = this.#scores.get(keyOf(card.id, card.text));
    if (card.author?.kind !== 'file') return computed ?? {};
    return { ...importedScores(card.place.metadata), ...computed };
  }

  /** The first of some names that no caption has a score of. */
  missing(asked: readonly string[]): string | undefined {
    return asked.find((name) => !this.names.some((known) => isSameScore(known, name)));
  }

  /** Takes the numbers of an evaluation, for the pictures that are here; those of other captions stay. */
  take({ sets }: Pick<EvaluationOutcome, 'sets'>): void {
    const cards = this.#parts.cards();
    const ids = new Set(cards.map(({ id }) => id));
    const names = distinctNames(cards);
    const find = createNameMatcher(cards.map(({ id, name }) => ({ file: names.get(id) ?? name, cardId: id })));
    const scores = new Map([...this.#scores].filter(([key]) => ids.has(key.slice(0, key.indexOf('\n')))));
    for (const { files, systems } of sets) {
      const found = files.map((file) => find({ file })?.cardId);
      for (const { captions, rows } of systems) {
        for (const [index, id] of found.entries()) {
          const values = rows.flatMap(({ name, pictures }): [string, number][] => {
            const value = pictures?.[index];
            return typeof value === 'number' && Number.isFinite(value) ? [[name, value]] : [];
          });
          if (id !== undefined && values.length > 0) scores.set(keyOf(id, captions[index] ?? ''), Object.fromEntries(values));
        }
      }
    }
    this.#scores = scores;
    this.#parts.records.save(recordId, [...scores]).catch(this.#parts.onTrouble);
  }
}

/** A line end stands in no id. */
function keyOf(cardId: string, text: string): string {
  return `${cardId}\n${text.trim()}`;
}
