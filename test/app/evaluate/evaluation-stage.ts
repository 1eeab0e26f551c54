/** @file The Evaluate room's state on drawers in memory and threads that a test can hold up. */
import { expect } from 'vitest';
import type { EvaluateRequest, EvaluateResult, ReadFile } from '../../../workers/scores-api.ts';
import { openScoreDesk } from '../../../workers/score-desk.ts';
import { StudioError } from '../../../src/core/error.ts';
import type { Scores } from '../../../src/app/scores.ts';
import { Evaluation } from '../../../src/app/state/evaluate/evaluation.svelte.ts';
import { EvaluationCaptions } from '../../../src/app/state/evaluate/evaluation-captions.svelte.ts';
import { EvaluationPictures, type AddedPictures } from '../../../src/app/state/evaluate/evaluation-pictures.svelte.ts';
import type { EvaluationRecord, SystemPlan } from '../../../src/app/state/evaluate/evaluation-record.ts';
import { Notices } from '../../../src/app/state/notices.svelte.ts';
import type { QueueParts } from '../../../src/app/state/queue/queue-parts.ts';
import type { WrittenCaption } from '../../../src/app/state/compare/system-captions.svelte.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import type { Stores } from '../../../src/app/stores.ts';
import type { ChosenStyle } from '../../../src/app/state/styles/style-record.ts';
import type { RecordStore } from '../../../src/storage/records.ts';
import type { FakeBehaviour, FakeThreads } from '../fake-threads.ts';
import { memoryRecords, memoryStores, openWorkspace } from '../stage.ts';

const result: EvaluateResult = { sets: [], elapsedMs: 1 };

/** What outlives a room. */
export interface Drawers {
  readonly evaluations: RecordStore<EvaluationRecord>;
  readonly pictures: RecordStore<AddedPictures>;
  readonly captions: RecordStore<WrittenCaption>;
  readonly stores: Stores;
}

/** Empty drawers. */
export function memory(): Drawers {
  return { evaluations: memoryRecords(), pictures: memoryRecords(), captions: memoryRecords(), stores: memoryStores() };
}

/** Reads files in place; a run waits until it is stopped where `holds` is set. */
export function thread(holds = false): Scores {
  return {
    readFile: ({ name, file }, _stop, onProgress): Promise<ReadFile> =>
      openScoreDesk({ load: () => Promise.resolve({}) }).readFile({ jobId: name, name, file }, onProgress),
    explain: () => Promise.resolve([]),
    countFrequencies: () => Promise.resolve({ format: 'caption-studio-df-1', pictureCount: 1, ngrams: {} }),
    evaluate: (_, stop) =>
      holds
        ? new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new StudioError('cancelled', 'stopped'))))
        : Promise.resolve(result),
  };
}

/** A room under test. */
export interface Opened {
  readonly evaluation: Evaluation;
  readonly notices: Notices;
  readonly threads: FakeThreads;
  readonly workspace: Workspace;
  /** The styles that jobs asked for. */
  readonly worn: readonly (ChosenStyle | null | undefined)[];
}

/** Opens a room and waits until it has what was kept. */
export async function open(drawers = memory(), scores = thread(), behaviour: FakeBehaviour = {}): Promise<Opened> {
  const opened = await openAtOnce(drawers, scores, behaviour);
  await expect.poll(() => opened.evaluation.isLoaded).toBe(true);
  return opened;
}

/** Opens a room that may still be reading what was kept. */
export async function openAtOnce(drawers: Drawers, scores = thread(), behaviour: FakeBehaviour = {}): Promise<Opened> {
  const worn: (ChosenStyle | null | undefined)[] = [];
  const wear: NonNullable<QueueParts['wear']> = (style) => Promise.resolve([]).finally(() => worn.push(style));
  const notices = new Notices();
  const { workspace, threads } = await openWorkspace(behaviour, drawers.stores);
  const { model, studio, library } = workspace;
  const pictures = new EvaluationPictures({ records: drawers.pictures, files: drawers.stores.files, library });
  const captions = new EvaluationCaptions({
    studio,
    model,
    notices,
    records: drawers.captions,
    actsFor: () => [],
    wear,
    first: workspace.queue,
  });
  const evaluation = new Evaluation({ openScores: () => scores, records: drawers.evaluations, notices, model, pictures, captions });
  return { evaluation, notices, threads, workspace, worn };
}

/** One caption of one picture. */
export const system = (name = 'a.json'): File => new File(['{"1.jpg": ["one"]}'], name);
/** Two captions of that picture. */
export const references = (name = 'r.json'): File => new File(['{"1.jpg": ["one", "two"]}'], name);

/** References of three pictures. */
export const many = new File(
  [JSON.stringify(Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.png`, [`a cat ${name}`, 'a cat']])))],
  'refs.json',
);
/** The fake engine's model with a prompt. */
export const plan: SystemPlan = {
  model: { name: 'llava-mini', sha256: '5'.repeat(64) },
  style: null,
  recipe: { label: 'One sentence', prompt: 'Caption it.', system: null, changes: {} },
};

/** A picture that can be decoded. */
export async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(20, 10);
  canvas.getContext('2d')?.fillRect(4, 4, 5, 5);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

/** Keeps what it was asked to score. */
export function watched(): { scores: Scores; requests: Omit<EvaluateRequest, 'jobId'>[] } {
  const requests: Omit<EvaluateRequest, 'jobId'>[] = [];
  const scores: Scores = { ...thread(), evaluate: (request) => Promise.resolve(result).finally(() => requests.push(request)) };
  return { scores, requests };
}
