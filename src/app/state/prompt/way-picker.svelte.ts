/** @file Choosing the ways in which pictures are captioned: each prompt with each style at each strength. */

import { asItIs } from '../compare/comparison-column.ts';
import { embeddedId } from '../models/model-entry.ts';
import type { Recipe } from '../queue/recipe.ts';
import type { ChosenStyle } from '../styles/style-record.ts';
import type { Workspace } from '../workspace.svelte.ts';
import type { Preset } from './presets.ts';

/** What the choice is made from. */
export interface WayParts extends Pick<Workspace, 'prompting' | 'styles'> {
  readonly models: Pick<Workspace['models'], 'chosenId'>;
  readonly shipped: Pick<Workspace['shipped'], 'offered' | 'takeAll'>;
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

/** What comes first: all styles with one prompt, or all prompts with one style, so that styles are put on as seldom as possible. */
export type WayOrder = 'by-prompt' | 'by-style';

/** The id of no style at all. */
const noStyle = 'no-style';
/** The id of words that are no preset's. */
const ownWords = 'own-words';
const strengths = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** What is ticked; it begins with the prompt and the style that are chosen for what comes next. */
export class WayPicker {
  #prompts = $state.raw<readonly string[]>([]);
  /** Ticked styles with their strengths. */
  #styles = $state.raw<ReadonlyMap<string, readonly number[]>>(new Map());
  readonly #parts: WayParts;

  constructor(parts: WayParts) {
    this.#parts = parts;
    const { prompting, styles } = parts;
    this.#prompts = [prompting.preset?.id ?? ownWords];
    this.#styles = new Map([[styles.chosen?.id ?? noStyle, [styles.scale]]]);
  }

  /** The prompts to choose from: shipped, kept, and the words that stand in the panel. */
  get prompts(): readonly Preset[] {
    const { prompting } = this.#parts;
    const own = prompting.preset === undefined ? [{ id: ownWords, label: 'Own words', prompt: prompting.prompt }] : [];
    return [...prompting.presets, ...own];
  }

  /** The styles to choose from: none, the library's, and those that come with the studio and wait to be taken. */
  get styles(): readonly StyleOffer[] {
    const { styles, shipped, models } = this.#parts;
    const own = styles.all.map(({ id, name, summary: { fit, facts, isScalable } }): StyleOffer => {
      const offered = [...new Set([...strengths, ...this.strengthsOf(id)])].sort((a, b) => a - b);
      return { id, name, about: facts, refusal: fit.state === 'other' ? fit.reason : undefined, strengths: isScalable ? offered : [] };
    });
    const waiting = shipped.offered.map(({ name, title, facts, base }): StyleOffer => {
      const refusal = models.chosenId === embeddedId ? undefined : `Learned on ${base.name}, the model that comes with the studio.`;
      return { id: name, name: title, about: facts, refusal, strengths: [] };
    });
    return [{ id: noStyle, name: asItIs, about: 'The model as it is', refusal: undefined, strengths: [] }, ...own, ...waiting];
  }

  /** How many ways are ticked. */
  get count(): number {
    const ticked = this.#offered.flatMap(({ id }) => this.strengthsOf(id));
    return this.prompts.filter(({ id }) => this.hasPrompt(id)).length * ticked.length;
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

  /** Ticks a style, the chosen one at its strength and others at full strength, or no longer at any. */
  toggleStyle(id: string): void {
    const { chosen, scale } = this.#parts.styles;
    this.#put(id, this.strengthsOf(id).length > 0 ? [] : [id === chosen?.id ? scale : 1]);
  }

  /** Ticks a strength of a style, or no longer. */
  toggleStrength(id: string, strength: number): void {
    const now = this.strengthsOf(id);
    this.#put(id, now.includes(strength) ? now.filter((one) => one !== strength) : [...now, strength].sort((a, b) => a - b));
  }

  /** Ticks the model as it is beside what is ticked. */
  tickZeroShot(): void {
    this.#put(noStyle, [1]);
  }

  /** Ticks every style that fits, at full strength. */
  tickAllStyles(): void {
    this.#styles = new Map(this.#offered.map(({ id }) => [id, [1]] as const));
  }

  /**
   * Gives what each picture is asked; those ticked styles that come with the studio are taken into the library first.
   *
   * @throws {StudioError} 'network' or 'adapter-mismatch' where a style cannot be taken
   */
  async takeRecipes(order: WayOrder): Promise<readonly Recipe[]> {
    const prompts = this.prompts.filter(({ id }) => this.hasPrompt(id));
    const { system, changes } = this.#parts.prompting.recipe;
    const styles = await this.#takeStyles();
    const ask = ({ label, prompt }: Preset, style: ChosenStyle | null): Recipe => ({ label, prompt, system, changes, style });
    return order === 'by-prompt'
      ? prompts.flatMap((prompt) => styles.map((style) => ask(prompt, style)))
      : styles.flatMap((style) => prompts.map((prompt) => ask(prompt, style)));
  }

  /** Those that can be ticked. */
  get #offered(): readonly StyleOffer[] {
    return this.styles.filter(({ refusal }) => refusal === undefined);
  }

  async #takeStyles(): Promise<readonly (ChosenStyle | null)[]> {
    const { shipped, styles } = this.#parts;
    const worn: (ChosenStyle | null)[] = [];
    const waiting = new Map(shipped.offered.map((style) => [style.name, style]));
    for (const { id } of this.#offered) {
      const scales = this.strengthsOf(id);
      if (scales.length === 0) continue;
      const offered = waiting.get(id);
      const style = offered === undefined ? styles.all.find((one) => one.id === id) : await shipped.takeAll(offered);
      if (style !== undefined) worn.push(...scales.map((scale) => ({ id: style.id, name: style.name, scale })));
      else if (id === noStyle) worn.push(null);
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
