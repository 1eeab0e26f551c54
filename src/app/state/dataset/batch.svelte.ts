/** @file Pictures that are captioned in several ways at once: each prompt with each style. */

import type { Card } from '../cards/card.svelte.ts';
import type { Preset } from '../prompt/presets.ts';
import type { Prompting } from '../prompt/prompting.svelte.ts';
import type { Recipe } from '../queue/recipe.ts';
import type { ChosenStyle } from '../styles/style-record.ts';
import type { Styles } from '../styles/styles.svelte.ts';

/** The words of the panel, where they are no preset's. */
export const ownPromptId = 'own';
/** The model as it is. */
export const noStyleId = 'none';

/** What becomes of the captions: all beside the one that counts, or the last in its place and the others among its versions. */
export type BatchGoal = 'alternative' | 'overwrite';

/** A choice of prompts and styles for some pictures. */
export class Batch {
  readonly cards: readonly Card[];
  goal = $state<BatchGoal>('alternative');
  promptIds = $state.raw<readonly string[]>([]);
  styleIds = $state.raw<readonly string[]>([]);
  readonly #prompting: Prompting;
  readonly #styles: Styles;

  constructor(cards: readonly Card[], { prompting, styles }: { readonly prompting: Prompting; readonly styles: Styles }) {
    this.cards = cards;
    this.#prompting = prompting;
    this.#styles = styles;
    this.promptIds = [prompting.preset?.id ?? ownPromptId];
    this.styleIds = [styles.chosen?.id ?? noStyleId];
  }

  /** The prompts to choose from: the presets, and the panel's own words where they are none. */
  get prompts(): readonly Preset[] {
    const own = { id: ownPromptId, label: 'Own words', prompt: this.#prompting.prompt };
    return this.#prompting.preset === undefined ? [own, ...this.#prompting.presets] : this.#prompting.presets;
  }

  /** The styles to choose from that go with the model, by id; the model as it is comes first. */
  get styles(): readonly { readonly id: string; readonly label: string; readonly style: ChosenStyle | null }[] {
    const { wanted } = this.#styles;
    const fitting = this.#styles.all.filter(({ summary }) => summary.fit.state !== 'other');
    return [
      { id: noStyleId, label: 'The model as it is', style: null },
      ...fitting.map(({ id, name }) => ({ id, label: name, style: wanted?.id === id ? wanted : { id, name, scale: 1 } })),
    ];
  }

  /** What each picture is asked, style by style, so that styles are put on as seldom as possible. */
  get recipes(): readonly Recipe[] {
    const prompts = this.prompts.filter(({ id }) => this.promptIds.includes(id));
    const styles = this.styles.filter(({ id }) => this.styleIds.includes(id));
    const { recipe } = this.#prompting;
    return styles.flatMap(({ style }) =>
      prompts.map(({ label, prompt }): Recipe => ({ ...recipe, label, prompt, style, existing: this.goal })),
    );
  }

  /** Captions that would be written. */
  get captions(): number {
    return this.cards.length * this.recipes.length;
  }

  /** Chooses a prompt, or no longer. */
  togglePrompt(id: string): void {
    this.promptIds = toggled(this.promptIds, id);
  }

  /** Chooses a style, or no longer. */
  toggleStyle(id: string): void {
    this.styleIds = toggled(this.styleIds, id);
  }
}

function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
}
