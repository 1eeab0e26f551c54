/** @file A run of training as this browser keeps it. */

import type { ErrorReport } from '../../../../workers/api.ts';
import { StudioError } from '../../../core/error.ts';
import type { TrainEnd, TrainEvent, ValidationEvent } from '../../../engine/train/events.ts';
import type { TrainOptions } from '../../../engine/train/options.ts';
import type { StyleFile } from '../styles/style-record.ts';
import type { TrainItem } from './train-data.ts';

/** One step of the curves. */
export interface StepPoint {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
}

/** How far a run is. */
export interface TrainProgress {
  readonly totalSteps: number;
  /** The step of the last checkpoint, from which the run would be gone on with; absent in records of earlier versions. */
  readonly keptStep?: number;
  readonly steps: readonly StepPoint[];
  readonly looks: readonly ValidationEvent[];
}

/** A run, whole: its pictures are named by where they lie. */
export interface TrainRecord {
  readonly id: string;
  /** What the style will be called. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly modelName: string;
  readonly options: TrainOptions;
  /** The style that it goes on from, with its bytes, since it may have left the library when the run is taken up again; absent where it begins anew. */
  readonly startsFrom?: StyleFile;
  readonly pictures: readonly TrainItem[];
  readonly validation: readonly TrainItem[];
  readonly progress: TrainProgress;
  /** null while it is not over. */
  readonly end: Exclude<TrainEnd, 'paused'> | null;
  readonly error: ErrorReport | null;
  /** Whether what was kept of it is damaged, so that it can only be begun anew. */
  readonly isDamaged?: boolean;
  /** Pictures that could not be read, where that is what stopped it. */
  readonly unreadable?: readonly string[];
  /** The style that came of it; null before. */
  readonly styleId: string | null;
}

/** Nothing done yet. */
export const noProgress: TrainProgress = { totalSteps: 0, keptStep: 0, steps: [], looks: [] };

/**
 * Takes an event into the curves. A run that goes on from a checkpoint makes some steps again: what was drawn of them goes.
 */
export function addEvent(progress: TrainProgress, event: TrainEvent): TrainProgress {
  switch (event.kind) {
    case 'step': {
      const { step, loss, learningRate, totalSteps } = event;
      const isNext = (progress.steps.at(-1)?.step ?? 0) < step;
      const before = isNext ? progress.steps : progress.steps.filter((one) => one.step < step);
      return { ...progress, totalSteps, steps: [...before, { step, loss, learningRate }] };
    }
    case 'validation':
      return { ...progress, looks: [...progress.looks.filter((one) => one.step < event.step), event] };
    case 'checkpoint':
      return { ...progress, keptStep: event.step };
    case 'features':
    case 'validating':
      return progress;
    default:
      return event satisfies never;
  }
}

/** Gives the pictures that an error names as unreadable; none for any other error. */
export function unreadableOf(error: unknown): readonly string[] {
  const ids: unknown = error instanceof StudioError && error.code === 'picture-invalid' ? error.details['ids'] : undefined;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

/** Tells whether an error says that what was kept of a run is damaged. */
export function isDamage(error: unknown): boolean {
  return error instanceof StudioError && error.code === 'file-invalid' && error.details['place'] === 'checkpoint';
}

/** Takes the unreadable pictures out of a run, which then can start. */
export function withoutUnreadable(record: TrainRecord): TrainRecord {
  const left = new Set(record.unreadable ?? []);
  const stays = ({ id }: TrainItem): boolean => !left.has(id);
  return { ...record, pictures: record.pictures.filter(stays), validation: record.validation.filter(stays), unreadable: [], error: null };
}
