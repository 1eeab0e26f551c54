/** @file Choosing the columns of a comparison: each prompt with each style at each strength. */

import { asItIs, type ColumnDraft } from './comparison-column.ts';
import { embeddedId } from '../models/model-entry.ts';
import type { Recipe } from '../queue/recipe.ts';
import type { ChosenStyle } from '../styles/style-record.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** A prompt that can be ticked. */
export interface PromptOffer {
  readonly id: string;
  readonly label: string;
  readonly prompt: string;
}

/** A style that can be ticked. */
export interface StyleOffer {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  /** Why it cannot be; undefined where it can. */
  readonly refusal: string | undefined;
  /** The strengths to choose from; none where it has only one. */
  readonly strengths: readonly number[];
}

/** The id of no style at all. */
const none = 'as-it-is';
const ownWords = 'own-words';
const strengths = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** What is ticked. */
export class ColumnPicker {
  #prompts = $state.raw<readonly string[]>([]);
  /** Ticked styles with their strengths. */
  #styles = $state.raw<ReadonlyMap<string, readonly number[]>>(new Map());
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    const { prompting, styles } = workspace;
    this.#prompts = [prompting.preset?.id ?? ownWords];
    const { chosen, scale } = styles;
    this.#styles = new Map([[none, [1]], ...(chosen === undefined ? [] : [[chosen.id, [scale]] as const])]);
  }

  /** The prompts to choose from: shipped, kept, and the words that stand in the panel. */
  get prompts(): readonly PromptOffer[] {
    const { prompting } = this.#workspace;
    const own = prompting.preset === undefined ? [{ id: ownWords, label: 'Own words', prompt: prompting.prompt }] : [];
    return [...prompting.presets, ...own];
  }

  /** The styles to choose from: none, the library's, and those that come with the studio. */
  get styles(): readonly StyleOffer[] {
    const { styles, shipped, models } = this.#workspace;
    const own = styles.all.map(({ id, name, summary: { fit, facts, isScalable } }): StyleOffer => {
      const ticked = this.#styles.get(id) ?? [];
      const offered = [...new Set([...strengths, ...ticked])].sort((a, b) => a - b);
      return { id, name, about: facts, refusal: fit.state === 'other' ? fit.reason : undefined, strengths: isScalable ? offered : [] };
    });
    const waiting = (models.chosenId === embeddedId ? shipped.offered : []).map(
      ({ name, title, facts }): StyleOffer => ({ id: name, name: title, about: facts, refusal: undefined, strengths: [] }),
    );
    return [{ id: none, name: asItIs, about: 'The model as it is', refusal: undefined, strengths: [] }, ...own, ...waiting];
  }

  /** How many columns are ticked. */
  get count(): number {
    const ticked = this.styles.filter(({ refusal }) => refusal === undefined).flatMap(({ id }) => this.#styles.get(id) ?? []);
    return this.prompts.filter(({ id }) => this.#prompts.includes(id)).length * ticked.length;
  }

  /** Whether a prompt is ticked. */
  hasPrompt(id: string): boolean {
    return this.#prompts.includes(id);
  }

  /** The ticked strengths of a style; none where it is not ticked. */
  strengthsOf(id: string): readonly number[] {
    return this.#styles.get(id) ?? [];
  }

  /** Ticks a prompt, or no longer. */
  togglePrompt(id: string): void {
    this.#prompts = this.hasPrompt(id) ? this.#prompts.filter((one) => one !== id) : [...this.#prompts, id];
  }

  /** Ticks a style at full strength, or no longer at any. */
  toggleStyle(id: string): void {
    this.#put(id, this.strengthsOf(id).length === 0 ? [1] : []);
  }

  /** Ticks a strength of a style, or no longer. */
  toggleStrength(id: string, strength: number): void {
    const now = this.strengthsOf(id);
    this.#put(id, now.includes(strength) ? now.filter((one) => one !== strength) : [...now, strength].sort((a, b) => a - b));
  }

  /** Ticks every style that fits, at full strength. */
  tickAllStyles(): void {
    this.#styles = new Map(this.styles.filter(({ refusal }) => refusal === undefined).map(({ id }) => [id, [1]] as const));
  }

  /**
   * Makes columns of what is ticked, for the model that is open then; undefined where it has to be chosen first where to compute.
   *
   * @throws {StudioError} what opening the model or taking a style can fail with
   */
  async makeDrafts(): Promise<readonly ColumnDraft[] | undefined> {
    const { model, prompting } = this.#workspace;
    await model.inspect();
    if (model.needsChoice) return undefined;
    const { name, sha256 } = await model.open();
    const worn = await this.#takeStyles();
    const { system, changes } = prompting.recipe;
    return this.prompts
      .filter(({ id }) => this.hasPrompt(id))
      .flatMap(({ label, prompt }) =>
        worn.map((style): ColumnDraft => {
          const recipe: Recipe = { label, prompt, system, changes, style };
          return { model: { name, sha256 }, recipe };
        }),
      );
  }

  /** Those that come with the studio are taken into the library first. */
  async #takeStyles(): Promise<readonly (ChosenStyle | null)[]> {
    const { shipped, styles } = this.#workspace;
    const worn: (ChosenStyle | null)[] = [];
    const ticked = this.styles.filter(({ refusal }) => refusal === undefined);
    const waiting = new Map(shipped.offered.map((style) => [style.name, style]));
    for (const { id } of ticked) {
      const scales = this.strengthsOf(id);
      if (scales.length === 0) continue;
      const offered = waiting.get(id);
      const style = offered === undefined ? styles.all.find((one) => one.id === id) : await shipped.takeAll(offered);
      if (style !== undefined) worn.push(...scales.map((scale) => ({ id: style.id, name: style.name, scale })));
      else if (id === none) worn.push(null);
    }
    return worn;
  }

  #put(id: string, scales: readonly number[]): void {
    const next = new Map(this.#styles);
    if (scales.length === 0) next.delete(id);
    else next.set(id, scales);
    this.#styles = next;
  }
}
