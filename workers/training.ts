/** @file What the engine thread does with training: checks, tries, runs, pauses, keeps. */

import { StudioError } from '../src/core/error.ts';
import { writeAdapter } from '../src/engine/adapter/write-adapter.ts';
import { zipFiles } from '../src/engine/adapter/zip.ts';
import { sha256 } from '../src/engine/bundle/verify.ts';
import { countImageTokens, countMostTiles } from '../src/engine/image-tokens.ts';
import type { OpenModel } from '../src/engine/model.ts';
import { findDataProblems } from '../src/engine/train/data-problems.ts';
import { estimateMemory } from '../src/engine/train/estimate.ts';
import { timeTraining } from '../src/engine/train/time-training.ts';
import type { TrainEvent, TrainWish } from '../src/engine/train/events.ts';
import type { TrainOptions } from '../src/engine/train/options.ts';
import type { Trainer, TrainPicture, TrainRequest } from '../src/engine/train/request.ts';
import { openTrainer } from '../src/engine/train/trainer.ts';
import { childFolders, openByteFolder, removeFolder } from '../src/storage/byte-folder.ts';
import { decodePicture } from './decode-picture.ts';
import type { TrainApi, TrainingData, TrainingPicture, TrainingRequest } from './train-api.ts';

/** What training needs of the engine. */
export interface TrainingDesk {
  readonly openModel: () => OpenModel;
  /** Runs work when all earlier jobs have ended. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Training, and what to do before the model is closed. */
export interface Training extends TrainApi {
  /** Lets go of all runs; what is kept of them stays. */
  readonly release: () => Promise<void>;
}

/** A run whose parameters are in memory. */
interface OpenRun {
  readonly trainer: Trainer;
  /** Who listens now. */
  tell: (event: TrainEvent) => void;
}

const folder = ['training'];
const runsFolder = [...folder, 'runs'];

/** Makes the part of the engine that is about training. */
export function makeTraining({ openModel, run }: TrainingDesk): Training {
  const open = new Map<string, OpenRun>();
  const wishes = new Map<string, TrainWish>();
  const openRun = async (request: TrainingRequest): Promise<OpenRun> => {
    const known = open.get(request.runId);
    if (known) return known;
    const opened: { tell: OpenRun['tell'] } = { tell: () => undefined };
    const trainer = await openTrainer({
      ...trainRequest(openModel(), request),
      checkpoints: openByteFolder([...runsFolder, request.runId]),
      resumes: true,
      onEvent: (event) => {
        opened.tell(event);
      },
    });
    const made = Object.assign(opened, { trainer });
    open.set(request.runId, made);
    return made;
  };
  const release = async (runId: string): Promise<void> => {
    const found = open.get(runId);
    open.delete(runId);
    await found?.trainer.close().catch(() => undefined); // nothing can be freed on a lost device
  };
  return {
    checkTraining: (request) =>
      run(async () => {
        const model = openModel();
        const asked = trainRequest(model, request);
        const trainer = await openTrainer(asked);
        const { most } = countImageTokens(model.model.vision, model.processor);
        return {
          problems: await findDataProblems(model, request.options, asked),
          memory: estimateMemory(model, request.options, {
            rowsPerPicture: most,
            tilesPerPicture: countMostTiles(model.model.vision, model.processor),
            captionTokens: request.options.maxCaptionTokens,
          }),
          trainableCount: trainer.trainableCount,
          totalSteps: trainer.totalSteps,
        };
      }),
    timeTraining: (request) => run(() => timeTraining(trainRequest(openModel(), request))),
    train: (request, onEvent: (event: TrainEvent) => unknown) => {
      wishes.set(request.runId, 'go');
      return run(async () => {
        // Events cross to the screen by a port of their own; the last one must be there before the answer is.
        let lastTaken: unknown;
        try {
          const started = await openRun(request);
          started.tell = (event) => {
            lastTaken = onEvent(event);
          };
          const { trainer } = started;
          const end = await trainer.run(() => wishes.get(request.runId) ?? 'go');
          return { end, stepsDone: trainer.stepsDone(), totalSteps: trainer.totalSteps };
        } catch (error) {
          if (!(error instanceof StudioError && error.code === 'loss-diverged')) await release(request.runId);
          throw error;
        } finally {
          await lastTaken;
        }
      });
    },
    wishTraining: (runId, wish) => {
      wishes.set(runId, wish);
      return Promise.resolve();
    },
    keepTraining: ({ name, ...request }) =>
      run(async () => {
        const { trainer } = await openRun(request);
        const files = writeAdapter(await trainer.result(name), { layout: 'hf5', sizes: openModel().model.decoder });
        return new Blob(
          (await zipFiles(files)).map((piece) => new Uint8Array(piece)),
          { type: 'application/zip' },
        );
      }),
    forgetTraining: (runId) =>
      run(async () => {
        await release(runId);
        await removeFolder([...runsFolder, runId]);
      }),
    listTraining: () => childFolders(runsFolder),
    release: async () => {
      for (const runId of [...open.keys()]) await release(runId);
    },
  };
}

/** A request that keeps nothing and tells nobody. */
function trainRequest(
  model: OpenModel,
  { options, pictures, validation }: TrainingData & { readonly options: TrainOptions },
): TrainRequest {
  return {
    model,
    options,
    pictures: pictures.map(trainPicture),
    validation: validation.map(trainPicture),
    features: openByteFolder([...folder, 'features']),
    checkpoints: null,
    resumes: false,
    onEvent: () => undefined,
  };
}

function trainPicture({ id, file, captions }: TrainingPicture): TrainPicture {
  let hash: Promise<string> | undefined;
  return {
    id,
    captions,
    contentHash: () => (hash ??= file.arrayBuffer().then((bytes) => sha256(new Uint8Array(bytes)))),
    load: () => decodePicture(id, file),
  };
}
