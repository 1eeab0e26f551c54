/** @file What the engine thread does with training: checks, tries, runs, pauses, keeps. */

import type { LearnedAdapter } from '../src/core/adapter/learned.ts';
import { StudioError } from '../src/core/error.ts';
import { writeAdapter } from '../src/engine/adapter/write-adapter.ts';
import { zipFiles } from '../src/engine/adapter/zip.ts';
import { sha256 } from '../src/engine/bundle/verify.ts';
import { countImageTokens, countMostTiles } from '../src/engine/image-tokens.ts';
import type { OpenModel } from '../src/engine/model.ts';
import { findDataProblems } from '../src/engine/train/data-problems.ts';
import { estimateMemory } from '../src/engine/train/estimate.ts';
import { findMemoryProblems, type MemoryLimits } from '../src/engine/train/memory-problems.ts';
import { timeTraining } from '../src/engine/train/time-training.ts';
import { fingerprintModel } from '../src/engine/bundle/fingerprint.ts';
import type { TrainEvent, TrainWish } from '../src/engine/train/events.ts';
import type { Trainer, TrainPicture, TrainRequest } from '../src/engine/train/request.ts';
import { checkStart, methodOfAdapter } from '../src/engine/train/start/starting-adapter.ts';
import { openTrainer } from '../src/engine/train/trainer.ts';
import { childFolders, openByteFolder, removeFolder } from '../src/storage/byte-folder.ts';
import { areFilesRefused } from '../src/storage/refusal.ts';
import { decodePicture } from './decode-picture.ts';
import { inspectMachine } from './device.ts';
import { tellInOrder } from './last-taken.ts';
import type { RunEvent, TrainApi, TrainingOutcome, TrainingPicture, TrainingRequest, TrainingWork } from './train-api.ts';
import { freshWishes, runInTurns, type Wishes } from './training-turns.ts';

/** What training needs of the engine. */
export interface TrainingDesk {
  readonly openModel: () => OpenModel;
  readonly hasModel: () => boolean;
  /** Gives a loaded style as it is on the open model. @throws {StudioError} 'adapter-mismatch' with the reason */
  readonly learned: (id: string) => LearnedAdapter;
  /** Runs work when all earlier jobs have ended. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether a job runs or waits. */
  readonly isBusy: () => boolean;
  /** Whether a job waits for the one that runs. */
  readonly isAwaited: () => boolean;
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
export function makeTraining(desk: TrainingDesk): Training {
  const { openModel, hasModel, run, isBusy, isAwaited } = desk;
  const open = new Map<string, OpenRun>();
  const wishes = new Map<string, Wishes>();
  const openRun = async (request: TrainingRequest): Promise<OpenRun> => {
    const known = open.get(request.runId);
    if (known) return known;
    const opened: { tell: OpenRun['tell'] } = { tell: () => undefined };
    const trainer = await openTrainer({
      ...(await trainRequest(desk, request)),
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
  const goOn = async (request: TrainingRequest, tell: OpenRun['tell'], wish: () => TrainWish): Promise<TrainingOutcome> => {
    try {
      const started = await openRun(request);
      started.tell = tell;
      const { trainer } = started;
      const end = await trainer.run(wish);
      return { end, stepsDone: trainer.stepsDone(), totalSteps: trainer.totalSteps };
    } catch (error) {
      // What is in memory is all there is where it could not be put down, and the last good state where the loss exploded.
      if (!(error instanceof StudioError && ['loss-diverged', 'storage-full'].includes(error.code))) await release(request.runId);
      throw error;
    }
  };
  return {
    methodToGoOn: (styleId) =>
      Promise.resolve().then(() => {
        const adapter = desk.learned(styleId);
        const method = methodOfAdapter(adapter);
        checkStart(openModel(), method, adapter);
        return method;
      }),
    checkTraining: (request) =>
      run(async () => {
        const model = openModel();
        const asked = await trainRequest(desk, request);
        const trainer = await openTrainer(asked);
        const { most } = countImageTokens(model.model.vision, model.processor);
        const memory = estimateMemory(model, request.options, {
          rowsPerPicture: most,
          tilesPerPicture: countMostTiles(model.model.vision, model.processor),
          captionTokens: request.options.maxCaptionTokens,
        });
        return {
          problems: [
            ...findMemoryProblems(memory, await memoryLimits(model), request.options),
            ...(await findDataProblems(model, request.options, asked)),
          ],
          memory,
          trainableCount: trainer.trainableCount,
          totalSteps: trainer.totalSteps,
        };
      }),
    timeTraining: async (request) => {
      const wished = freshWishes(false);
      wishes.set(request.runId, wished);
      try {
        return await run(async () => timeTraining(await trainRequest(desk, request), () => wished.wish));
      } finally {
        wishes.delete(request.runId);
      }
    },
    train: async (request, onEvent: (event: RunEvent) => unknown) => {
      const wished = freshWishes(request.yields);
      wishes.set(request.runId, wished);
      const { tell, taken } = tellInOrder(onEvent);
      let begunWith: string | undefined;
      let outcome: TrainingOutcome = { end: 'paused', stepsDone: 0, totalSteps: 0 };
      try {
        return await runInTurns(wished, {
          ...{ run, isBusy, isAwaited },
          onResting: () => tell({ kind: 'resting' }),
          turn: async (wish) => {
            const model = begunWith === undefined || hasModel() ? await fingerprintModel(openModel().bundle.manifest) : undefined;
            begunWith ??= model;
            if (model !== begunWith) {
              wished.wish = 'pause'; // what was learned so far belongs to the model that it began with
              return { ...outcome, end: 'paused' };
            }
            return (outcome = await goOn(request, tell, wish));
          },
        });
      } finally {
        wishes.delete(request.runId);
        await taken();
      }
    },
    wishTraining: (runId, wish) => {
      const wished = wishes.get(runId);
      if (wished) wished.wish = wish;
      wished?.heard();
      return Promise.resolve();
    },
    letOthersFirst: (runId, isWanted) => {
      const wished = wishes.get(runId);
      if (wished) wished.yields = isWanted;
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
async function trainRequest(
  { openModel, learned }: TrainingDesk,
  { options, startsFrom, pictures, validation }: TrainingWork,
): Promise<TrainRequest> {
  return {
    model: openModel(),
    options,
    startsFrom: typeof startsFrom === 'string' ? learned(startsFrom) : null,
    pictures: pictures.map(trainPicture),
    validation: validation.map(trainPicture),
    // In memory they would lie there twice, and outlast their run.
    features: (await areFilesRefused()) ? null : openByteFolder([...folder, 'features']),
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

/** What wasm can address, with its 32 bits. @unit bytes */
const wasmBytes = 2 ** 32;

async function memoryLimits({ runtime }: OpenModel): Promise<MemoryLimits> {
  if (runtime.backend === 'wasm') return { kind: 'processor', availableBytes: wasmBytes };
  const { webgpu } = await inspectMachine();
  return { kind: 'gpu', maxBufferBytes: webgpu.state === 'missing' ? Infinity : webgpu.maxBufferBytes };
}
