/** @file What is told of a run before it starts: problems of its data, the memory that it takes, and by trial steps its time. */

import { StudioError } from '../../../core/error.ts';
import type { MethodKind } from '../../../engine/train/options.ts';
import { methodDefaults, recipeOptions } from '../../../engine/train/recipes.ts';
import type { Studio } from '../../studio.ts';
import type { Model } from '../models/model.svelte.ts';
import { openTrainSplit, readTrainStart, type TrainPlaces } from './train-inputs.ts';
import type { SetupStart, TrainSetup } from './train-setup.svelte.ts';

/** What a forecast stands on. */
export interface ForecastParts extends TrainPlaces {
  readonly studio: Studio;
  readonly model: Model;
  readonly setup: TrainSetup;
}

/** Trials that measure are wished to stop under this name. */
const measuringId = 'measuring';

/** Looks at the form's data and tries its methods; what is found is noted in the form. */
export class Forecast {
  readonly #parts: ForecastParts;

  constructor(parts: ForecastParts) {
    this.#parts = parts;
  }

  /** Asks what a run of the form would be. */
  async check(): Promise<void> {
    const { setup, studio, model, styles } = this.#parts;
    if (setup.isChecking || setup.items.length === 0) return;
    setup.isChecking = true;
    try {
      await model.open();
      const { start } = setup;
      await styles.loans.during(start, async () => {
        const startsFrom = await readTrainStart(this.#parts, start);
        const split = await openTrainSplit(this.#parts, setup.split);
        setup.noteCheck(await studio.checkTraining({ options: setup.effective, startsFrom, ...split }));
      });
    } finally {
      setup.isChecking = false;
    }
  }

  /** Finds the memory and, by trial steps, the time of methods on this machine. */
  async measure(kinds: readonly MethodKind[]): Promise<void> {
    const { setup, styles } = this.#parts;
    if (setup.measuring !== undefined) return;
    const startMs = performance.now();
    try {
      for (const [done, kind] of kinds.entries()) {
        const leftMs = done === 0 ? undefined : ((performance.now() - startMs) / done) * (kinds.length - done);
        setup.measuring = { kind, done, total: kinds.length, leftMs, isStopping: false };
        const { start } = setup;
        if (!(await styles.loans.during(start, () => this.#try(kind, start)))) return;
      }
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'cancelled')) throw error;
    } finally {
      setup.measuring = undefined;
    }
  }

  /** Stops measuring within a step; what was measured stays. */
  async stopMeasuring(): Promise<void> {
    const { setup, studio } = this.#parts;
    if (setup.measuring === undefined || setup.measuring.isStopping) return;
    setup.measuring = { ...setup.measuring, isStopping: true };
    await studio.wishTraining(measuringId, 'stop');
  }

  /** Measures one method; false where it is to be the last. */
  async #try(kind: MethodKind, start: SetupStart | undefined): Promise<boolean> {
    const { setup, studio, model } = this.#parts;
    const isStopping = (): boolean => setup.measuring?.isStopping === true;
    await model.open();
    const few = { pictures: setup.split.pictures.slice(0, setup.options.batchPictures), validation: [] };
    const split = await openTrainSplit(this.#parts, few);
    const startsFrom = await readTrainStart(this.#parts, start);
    const isChosen = setup.options.method.kind === kind;
    const options = isChosen ? setup.effective : { ...setup.effective, method: recipeOptions('ours', methodDefaults[kind]).method };
    const work = { runId: measuringId, options, startsFrom, ...split };
    const check = await studio.checkTraining(work);
    if (isStopping()) return false;
    const isTooLarge = check.problems.some((problem) => problem.kind === 'memory' && problem.isFatal);
    const time = isTooLarge ? null : await studio.timeTraining(work);
    setup.measures = { ...setup.measures, [kind]: { check, time } };
    return !isStopping();
  }
}
