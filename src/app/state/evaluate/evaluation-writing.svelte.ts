/** @file Which captions planned systems still lack, and having them written. */

import type { NamedHash } from '../../../core/dataset/caption-conditions.ts';
import type { EvaluationCaptions } from './evaluation-captions.svelte.ts';
import { withCaptions } from './evaluation-inputs.ts';
import type { EvaluationPictures } from './evaluation-pictures.svelte.ts';
import { findPicturesHere, findWanted, namedPictures, planStateOf, sayPlanModel, withWritten, type PlanState } from './evaluation-plan.ts';
import type { EvaluationInputs } from './evaluation-record.ts';
import { tellOfWriting } from './evaluation-troubles.ts';
import type { Model } from '../models/model.svelte.ts';
import type { Notices } from '../notices.svelte.ts';

/** What the writing works with. */
export interface WritingParts {
  readonly model: Model;
  readonly notices: Notices;
  readonly pictures: EvaluationPictures;
  readonly captions: EvaluationCaptions;
}

/** The room's inputs, as they are when asked, and how to change them. */
export interface InputsDoor {
  readonly read: () => EvaluationInputs;
  readonly change: (inputs: EvaluationInputs) => void;
}

/** The captions that are still to be written. */
export class EvaluationWriting {
  isActive = $state(false);
  readonly #parts: WritingParts;
  readonly #inputs: InputsDoor;
  #taking: Promise<void> = Promise.resolve();
  // Each by itself: of a large set, matching the pictures' names takes a while, which a change of anything else is not to wait for.
  readonly #references = $derived.by(() => this.#inputs.read().references);
  readonly #planned = $derived.by(() => this.#inputs.read().systems.filter(({ plan }) => plan !== undefined));
  readonly #named = $derived.by(() => namedPictures({ references: this.#references }));
  readonly #here = $derived.by(() => findPicturesHere(this.#named, this.#parts.pictures));
  readonly #wanted = $derived.by(() => (this.#planned.length === 0 ? [] : findWanted(this.#planned, this.#here, this.#parts.captions)));

  constructor(parts: WritingParts, inputs: InputsDoor) {
    this.#parts = parts;
    this.#inputs = inputs;
  }

  /** Captions that planned systems lack and that can be written now. */
  get wantedCount(): number {
    return this.#wanted.length;
  }

  /** How many pictures the references name, and how many of them are here. */
  get pictureCounts(): { readonly named: number; readonly here: number } {
    return { named: this.#named.length, here: this.#here.length };
  }

  /** How far a planned system is. */
  stateOf(systemId: string): PlanState {
    return planStateOf(systemId, { named: this.#named, here: this.#here }, this.#parts.captions);
  }

  /** Has missing captions written; tells whether none is left, those apart that failed. */
  async write(): Promise<boolean> {
    if (this.#wanted.length === 0) return true;
    const { model, notices, captions } = this.#parts;
    this.isActive = true;
    try {
      await model.inspect();
      if (model.needsChoice) return false;
      const summary = await model.open();
      const fitting = this.#wanted.filter(({ system }) => system.plan?.model.sha256 === summary.sha256);
      const strange = this.#wanted.find((want) => !fitting.includes(want))?.system;
      const isWhole = fitting.length === 0 || (await captions.write(fitting));
      if (strange?.plan === undefined) return isWhole;
      if (isWhole) this.#tellOfModel(strange.name, strange.plan.model, summary);
      return false;
    } catch (error) {
      tellOfWriting(notices, error);
      return false;
    } finally {
      await this.takeWritten();
      this.isActive = false;
    }
  }

  #tellOfModel(system: string, planned: NamedHash, open: NamedHash): void {
    const text = `It is planned with ${sayPlanModel(planned)}; open is ${sayPlanModel(open)}. Choose it in the Models room, then go on.`;
    this.#parts.notices.say({ tone: 'attention', title: `${system} needs another model`, text, detail: planned.sha256 });
  }

  /** Gives planned systems the captions that are there by now. */
  takeWritten(): Promise<void> {
    const take = (): Promise<void> => this.#takeWritten();
    return (this.#taking = this.#taking.then(take, take)); // in turn, so that the latest look counts
  }

  async #takeWritten(): Promise<void> {
    for (const { id } of this.#inputs.read().systems.filter(({ plan }) => plan !== undefined)) {
      const written = this.#parts.captions.of(id);
      const system = this.#inputs.read().systems.find((one) => one.id === id);
      if (system === undefined) continue;
      const source = await withWritten(system, this.#inputs.read(), written);
      // Somebody may have changed the inputs meanwhile.
      this.#inputs.change(withCaptions(this.#inputs.read(), source));
    }
  }
}
