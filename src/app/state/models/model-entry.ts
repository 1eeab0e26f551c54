/** @file A model as the screen shows it, put together from what threads and tabs tell. */

import type { ModelProgress, ModelRecord } from '../../../../workers/models-api.ts';
import type { ModelNote, ModelOrigin } from '../../../storage/model-record.ts';
import { bytesPerSecond, type ByteSample } from './byte-rate.ts';
import { sayBytes, sayTime } from '../words.ts';

/** The model that comes with the page. */
export const embeddedId = 'embedded';

/** What is done with a model that is here; it can be called off, and the model stays. */
export type BusyStage = 'checking' | 'mending' | 'copying';

/** Where a model stands. */
export type ModelStatus = 'ready' | 'waiting' | 'loading' | 'stopping' | 'elsewhere' | 'interrupted' | BusyStage | 'damaged';

/** One model. */
export interface ModelEntry {
  readonly id: string;
  readonly name: string;
  readonly record: ModelRecord;
  readonly note: ModelNote;
  readonly status: ModelStatus;
  readonly progress: ModelProgress | undefined;
  readonly samples: readonly ByteSample[];
  /** Whether it goes with the tab. */
  readonly isHeld: boolean;
}

/** What is known of a model. */
export interface ModelFacts {
  readonly record: ModelRecord;
  readonly note: ModelNote | undefined;
  readonly progress: ModelProgress | undefined;
  readonly samples: readonly ByteSample[];
  readonly isHeld: boolean;
  /** Whether some tab works on it, and whether that is this one. */
  readonly isBusy: boolean;
  readonly isOurs: boolean;
  readonly isStopping: boolean;
}

/** Puts an entry together. */
export function toEntry(facts: ModelFacts): ModelEntry {
  const { record, note, progress, samples, isHeld } = facts;
  return {
    id: record.id,
    name: note?.name ?? record.name,
    record,
    note: note ?? { id: record.id },
    status: statusOf(facts),
    progress,
    samples,
    isHeld,
  };
}

/** Whether something is done with a model that is here. */
export function isBusyStage(status: ModelStatus | ModelProgress['stage']): status is BusyStage {
  return status === 'checking' || status === 'mending' || status === 'copying';
}

function statusOf({ record, progress, isBusy, isOurs, isStopping }: ModelFacts): ModelStatus {
  if (isBusy || isOurs) {
    if (isStopping) return 'stopping';
    if (progress !== undefined && isBusyStage(progress.stage)) return progress.stage;
    if (record.state === 'loading' && !isOurs) return 'elsewhere';
    if (record.state === 'loading') return progress?.stage === 'waiting' ? 'waiting' : 'loading';
  }
  if (record.state === 'loading') return 'interrupted';
  return record.state === 'damaged' ? 'damaged' : 'ready';
}

/** Tells where a model came from. */
export function sayOrigin(origin: ModelOrigin): string {
  switch (origin.kind) {
    case 'hub':
      return `${new URL(origin.host).host}/${origin.id}@${origin.revision}`;
    case 'address':
      return origin.url;
    case 'folder':
      return `Folder ${origin.name}`;
    default:
      return origin satisfies never;
  }
}

/** Tells how far a load is: "1.2 GB of 4.1 GB, 3 min left". */
export function sayProgress({ progress, record, samples, status }: ModelEntry): string {
  const done = progress?.done ?? record.doneBytes;
  const total = progress?.total ?? record.totalBytes;
  const amount = total > 0 ? `${sayBytes(done)} of ${sayBytes(total)}` : '';
  switch (status) {
    case 'waiting':
      return 'Waiting for another load to end';
    case 'stopping':
      return `${amount} · stopping after this part`;
    case 'interrupted':
      return total > 0 ? `${amount} · stands still` : 'Not begun';
    case 'checking':
      return `Checking ${amount}${sayLeft(samples, total - done)}`;
    case 'mending':
      return `Fetching again, ${amount}`;
    case 'copying':
      return `Copying ${amount}${sayLeft(samples, total - done)}`;
    case 'elsewhere':
      return `${amount} · loading in another tab`;
    case 'loading': {
      if (progress?.stage === 'preparing') return 'Fetching the small files';
      const speed = bytesPerSecond(samples);
      return speed === undefined ? amount : `${amount} · ${sayBytes(speed)}/s${sayLeft(samples, total - done)}`;
    }
    case 'ready':
    case 'damaged':
      return '';
    default:
      return status satisfies never;
  }
}

function sayLeft(samples: readonly ByteSample[], leftBytes: number): string {
  const speed = bytesPerSecond(samples);
  return speed === undefined ? '' : ` · ${sayTime((leftBytes * 1000) / speed)} left`;
}
