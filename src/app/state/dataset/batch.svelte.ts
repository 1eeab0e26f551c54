/** @file Pictures that are captioned in several ways at once. */

import type { Card } from '../cards/card.svelte.ts';
import { WayPicker, type WayParts } from '../prompt/way-picker.svelte.ts';
import type { Recipe } from '../queue/recipe.ts';

/** What becomes of the captions: all beside the one that counts, or the last in its place and the others among its versions. */
export type BatchGoal = 'alternative' | 'overwrite';

/** A choice of ways for some pictures. */
export class Batch {
  readonly cards: readonly Card[];
  readonly ways: WayPicker;
  goal = $state<BatchGoal>('alternative');

  constructor(cards: readonly Card[], parts: WayParts) {
    this.cards = cards;
    this.ways = new WayPicker(parts);
  }

  /** Captions that would be written. */
  get captions(): number {
    return this.cards.length * this.ways.count;
  }

  /** Gives what each picture is asked, style by style. @throws {StudioError} 'network' or 'adapter-mismatch' where a style cannot be taken */
  async takeRecipes(): Promise<readonly Recipe[]> {
    const recipes = await this.ways.takeRecipes('by-style');
    return recipes.map((recipe) => ({ ...recipe, existing: this.goal }));
  }
}
