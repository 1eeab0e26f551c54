/** @file The training loop: features, steps, looks, checkpoints; the same in a worker and in Node. */

import { present, StudioError } from '../../core/error.ts';
import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { learningRateAt } from '../../core/optim/schedule.ts';
import { elementCount } from '../../core/tensor/shape.ts';
import { trainedParameters } from '../../../models/decoder/train-step.ts';
import { baseOf } from '../adapter/base.ts';
import { checkpointName, encodeCheckpoint, type Checkpoint, type RunProgress } from './keep/checkpoint.ts';
import { requireKeepable } from './keep/checkpoint-size.ts';
import type { TrainEnd, TrainWish } from './events.ts';
import { identifyRun } from './keep/identity.ts';
import type { ParameterValues } from './start/initial-values.ts';
import { learnedFrom } from './keep/learned-result.ts';
import { loadCheckpoint } from './keep/resume.ts';
import { countLabels, makeBatch, type BatchMaker } from './data/make-batch.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { measurePace } from './watch/pace.ts';
import type { Trainer, TrainRequest } from './request.ts';
import { planRun, type RunPlan } from './run-plan.ts';
import { learningModel } from './start/learning-model.ts';
import { checkStart } from './start/starting-adapter.ts';
import type { TrainingState } from './step/stepper.ts';
import type { TrainBatch } from './data/train-batch.ts';
import { isBetter } from './watch/validation.ts';
import { makeNormWatch, watchLoss } from './watch/watch-loss.ts';

/**
 * Prepares a run; nothing is computed before `run`.
 *
 * @throws {StudioError} 'argument-invalid' when options or data make no sense, or a run that shall go on began differently; 'file-invalid' when
 * what was kept of it is damaged; 'adapter-mismatch' when it cannot go on from the given adapter
 */
export async function openTrainer(asked: TrainRequest): Promise<Trainer> {
  const request = { ...asked, model: learningModel(asked.model, asked.options) };
  const { model, options } = request;
  const startsFrom = request.startsFrom ?? null;
  if (startsFrom) checkStart(model, options.method, startsFrom);
  const plan = planRun(model, options, request);
  const trained = { model: model.model, catalog: model.store.catalog };
  const parameters = trainedParameters(trained, plan.method);
  const trainableCount = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  requireKeepable(trainableCount, options);
  const identity = await identifyRun(request);
  const base = await baseOf(model.bundle);
  const saved = request.resumes && request.checkpoints ? await loadCheckpoint(request.checkpoints, identity, options) : null;
  const maker: BatchMaker = {
    runtime: model.runtime,
    layout: plan.layout,
    softTokens: plan.softTokens,
    prefixTokens: plan.method.kind === 'prefix' ? plan.method.tokens : 0,
    batchPictures: options.batchPictures,
    captionsPerPicture: options.captionsPerPicture,
    tileSide: model.model.vision.imageSize,
  };
  const pace = measurePace();
  const watchNorm = makeNormWatch();
  let progress: RunProgress = saved?.progress ?? { losses: [], rates: [], validations: [], looksWithoutBetter: 0, bestStep: null };
  let best: ParameterValues | null = saved?.best ?? null;
  let lastGood: TrainingState | null = saved?.state ?? null;
  let opened: OpenRun | null = null;
  let savedAtMs = 0;
  let isLost = false;

  const learned = (name: string, values: ParameterValues, start: ParameterValues): LearnedAdapter =>
    learnedFrom(name, {
      options,
      parameters,
      values,
      start,
      startsFrom,
      base,
      look: progress.validations.findLast(({ isBest }) => isBest) ?? null,
    });

  const open = async (wish: () => TrainWish): Promise<OpenRun> => {
    const run = await openRun({ request, plan, trained, parameters, maker, saved, learned }, () => wish() !== 'go');
    lastGood ??= run.state;
    return run;
  };

  const save = async ({ stepper, start }: OpenRun): Promise<void> => {
    const state = await stepper.save();
    lastGood = state;
    savedAtMs = performance.now();
    if (!request.checkpoints) return;
    const checkpoint: Checkpoint = { identity, options, totalSteps: plan.totalSteps, progress, state, start, best };
    const bytes = await encodeCheckpoint(checkpoint);
    await request.checkpoints.write(checkpointName, bytes);
    request.onEvent({ kind: 'checkpoint', step: state.step, sizeBytes: bytes.byteLength });
  };

  const stepOnce = async ({ stepper, features }: OpenRun): Promise<void> => {
    const startMs = performance.now();
    const step = stepper.stepsDone();
    const turns = plan.batchesAt(step);
    const data = { features, captions: plan.captions };
    const tokens = turns.reduce((sum, batch) => sum + countLabels(data, batch), 0);
    const batches: TrainBatch[] = [];
    for (const batch of turns) batches.push(await makeBatch(data, batch, maker, tokens));
    const { loss, norm } = await stepper.step(batches, plan.schedule);
    for (const { pictures } of batches) pictures.dispose();
    const learningRate = learningRateAt(plan.schedule, step);
    progress = { ...progress, losses: [...progress.losses, loss], rates: [...progress.rates, learningRate] };
    pace.step(
      performance.now() - startMs,
      turns.flat().reduce((sum, { captions }) => sum + captions.length, 0),
    );
    request.onEvent({
      kind: 'step',
      step: step + 1,
      totalSteps: plan.totalSteps,
      epoch: (step + 1) / plan.stepsPerEpoch,
      loss,
      norm,
      learningRate,
      samplesPerSecond: pace.captionsPerSecond(),
      secondsLeft: pace.secondsLeft(plan.totalSteps - step - 1, looksLeft(plan, step + 1)),
    });
    watchLoss(progress.losses);
    watchNorm(norm, step + 1);
  };

  /** Looks at what was learned if it is time; gives false when a wish broke it off. */
  const lookOnce = async ({ stepper, validator }: OpenRun, wish: () => TrainWish): Promise<boolean> => {
    const step = stepper.stepsDone();
    const isDue = step % plan.lookEvery === 0 || step === plan.totalSteps;
    if (!validator || !isDue || progress.validations.at(-1)?.step === step) return true;
    const startMs = performance.now();
    const look = await validator.look(step, () => wish() !== 'go');
    if (!look) return false;
    pace.look(performance.now() - startMs);
    // What the model could do before is for comparison: it is nothing that was learned.
    const isBest = step > 0 && progress.validations.every((before) => before.step === 0 || isBetter(look, before));
    progress = {
      ...progress,
      validations: [...progress.validations, { ...look, isBest }],
      looksWithoutBetter: isBest || step === 0 ? 0 : progress.looksWithoutBetter + 1,
      bestStep: isBest ? step : progress.bestStep,
    };
    if (isBest) best = (await stepper.save()).parameters;
    request.onEvent({ ...look, isBest });
    return true;
  };

  const isEarlyEnd = (): boolean => {
    const { patience } = options.validation;
    return patience !== null && progress.looksWithoutBetter >= patience;
  };

  const stepsDone = (): number => opened?.stepper.stepsDone() ?? saved?.state.step ?? 0;

  return {
    totalSteps: plan.totalSteps,
    trainableCount,
    stepsDone,
    hasBest: () => progress.bestStep !== null,
    resultStep: () => progress.bestStep ?? stepsDone(),
    run: async (wish) => {
      try {
        opened ??= await open(wish);
      } catch (error) {
        if (error instanceof StudioError && error.code === 'cancelled') return wish() === 'stop' ? 'stopped' : 'paused';
        throw error;
      }
      const run = opened;
      savedAtMs = performance.now();
      const end = async (how: TrainEnd): Promise<TrainEnd> => {
        await save(run);
        return how;
      };
      for (;;) {
        const hasLooked = await lookOnce(run, wish);
        const wished = wish();
        if (wished !== 'go') return end(wished === 'stop' ? 'stopped' : 'paused');
        if (!hasLooked) continue;
        if (run.stepper.stepsDone() >= plan.totalSteps) return end('finished');
        if (isEarlyEnd()) return end('stopped-early');
        if (performance.now() - savedAtMs > 1000 * options.checkpointSeconds) await save(run);
        await stepOnce(run).catch((error: unknown) => {
          isLost = error instanceof StudioError && error.code === 'loss-diverged';
          throw error;
        });
      }
    },
    result: async (name) => {
      const values = best ?? (await lastValues());
      return learned(name, values, opened?.start ?? saved?.start ?? values);
    },
    close: async () => {
      await opened?.stepper.close();
    },
  };

  // After an explosion the present state is spoiled, and the one before the last steps counts.
  async function lastValues(): Promise<ParameterValues> {
    if (opened && !isLost) return (await opened.stepper.save()).parameters;
    return present(lastGood, 'nothing was learned yet').parameters;
  }
}

/** Counts the looks that are still to come. */
function looksLeft({ totalSteps, lookEvery }: RunPlan, step: number): number {
  return Math.ceil(totalSteps / lookEvery) - Math.ceil(step / lookEvery) + 1;
}
