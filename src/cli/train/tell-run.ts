/** @file What `train` says on standard error, from the problems of its data to how it ended. */

import { StudioError } from '../../core/error.ts';
import type { OpenModel } from '../../engine/model.ts';
import { findDataProblems } from '../../engine/train/data-problems.ts';
import type { TrainEnd, TrainEvent } from '../../engine/train/events.ts';
import type { TrainOptions } from '../../engine/train/options.ts';
import type { Trainer } from '../../engine/train/request.ts';
import { progressLine } from '../progress.ts';
import type { FoundData } from './train-data.ts';

/** Says what is wrong with the data. @throws {StudioError} 'argument-invalid' where nothing can be learned from it */
export async function tellProblems(model: OpenModel, options: TrainOptions, data: FoundData): Promise<void> {
  for (const { file, names } of data.strangers) {
    const some = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
    process.stderr.write(
      `${file}: names ${String(names.length)} ${names.length === 1 ? 'picture that is' : 'pictures that are'} not among --images (${some}); what it says of them is left out\n`,
    );
  }
  for (const { message, isFatal, ids } of await findDataProblems(model, options, data)) {
    const some = ids.length === 0 ? '' : ` (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`;
    if (isFatal) throw new StudioError('argument-invalid', `${message}${some}`);
    process.stderr.write(`${message}${some}\n`);
  }
}

/** Says what is going to be learned. */
export function tellStart(trainer: Trainer, { pictures, validation, uncaptioned }: FoundData, { method }: TrainOptions): void {
  const without =
    uncaptioned.length === 0
      ? ''
      : `; ${sayPictures(uncaptioned.length)} without captions ${uncaptioned.length === 1 ? 'is' : 'are'} left out`;
  process.stderr.write(
    `${method.kind}: ${trainer.trainableCount.toLocaleString('en')} numbers learn from ${sayPictures(pictures.length)} in ${saySteps(trainer)}, ${String(validation.length)} ${validation.length === 1 ? 'is' : 'are'} kept for validation${without}\n`,
  );
}

function sayPictures(count: number): string {
  return count === 1 ? '1 picture' : `${String(count)} pictures`;
}

function saySteps({ totalSteps }: Trainer): string {
  return totalSteps === 1 ? '1 step' : `${String(totalSteps)} steps`;
}

/** Says how it ended and where the result is. */
export function tellEnd(trainer: Trainer, end: Exclude<TrainEnd, 'paused'>, out: string): void {
  const best = trainer.resultStep();
  const kept = best === trainer.stepsDone() ? '' : `, step ${String(best)} looked best and is kept`;
  process.stderr.write(`${howEnded[end]} after ${sayPlace(trainer)}${kept}; ${out}\n`);
}

const howEnded = { finished: 'done', stopped: 'stopped', 'stopped-early': 'no better score any more, ended' } as const;

/** Tells how far a run is. */
export function sayPlace(trainer: Trainer): string {
  return `${String(trainer.stepsDone())} of ${saySteps(trainer)}`;
}

/** Shows events while a run goes on. */
export interface RunShow {
  show(event: TrainEvent): void;
  /** Takes the line of progress away. */
  clear(): void;
}

/** Shows events on a line of progress; looks at what was learned are written below each other. */
export function showRun(): RunShow {
  const lines = { features: progressLine(), step: progressLine(), validating: progressLine() }; // each has its own pace
  const clear = (): void => lines.step.clear();
  return {
    clear,
    show: (event) => {
      switch (event.kind) {
        case 'features':
          lines.features.update('pictures', event.done, event.total);
          return;
        case 'step': {
          const { loss, samplesPerSecond, step, totalSteps, secondsLeft } = event;
          lines.step.update(`loss ${loss.toFixed(3)}, ${samplesPerSecond.toFixed(0)} captions/s, step`, step, totalSteps, secondsLeft);
          return;
        }
        case 'validating':
          lines.validating.update(`step ${String(event.step)}: captions of validation pictures`, event.done, event.total);
          return;
        case 'validation': {
          clear();
          const score = event.cider === null ? '' : `, CIDEr-D ${event.cider.toFixed(3)}, ${(event.meanWords ?? 0).toFixed(1)} words`;
          process.stderr.write(
            `step ${String(event.step)}: validation loss ${event.loss.toFixed(4)}${score}${event.isBest ? ' (best)' : ''}\n`,
          );
          return;
        }
        case 'checkpoint':
          return;
        default:
          event satisfies never;
      }
    },
  };
}
