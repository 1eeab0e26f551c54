/** @file A run of training takes turns with whatever else is asked for: it rests between two steps, goes on by itself, and hears wishes at once. */
import { describe, expect, it } from 'vitest';
import type { TrainWish } from '../../src/engine/train/events.ts';
import { makeJobs, type Jobs } from '../../workers/jobs.ts';
import type { TrainingOutcome } from '../../workers/train-api.ts';
import { freshWishes, runInTurns, type Wishes } from '../../workers/training-turns.ts';

const totalSteps = 6;

/** A run of six steps that notes what happens beside other jobs. */
interface Stage {
  readonly jobs: Jobs;
  readonly wishes: Wishes;
  readonly log: string[];
  readonly start: (onStep?: (step: number) => void) => Promise<TrainingOutcome>;
  readonly other: (name: string, work?: () => Promise<void>) => Promise<void>;
}

function setStage(yields = true): Stage {
  const jobs = makeJobs();
  const wishes = freshWishes(yields);
  const log: string[] = [];
  let stepsDone = 0;
  let number = 0;
  const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const turn = async (wish: () => TrainWish, onStep: (step: number) => void): Promise<TrainingOutcome> => {
    for (;;) {
      const wished = wish();
      if (wished !== 'go') return { end: wished === 'stop' ? 'stopped' : 'paused', stepsDone, totalSteps };
      if (stepsDone === totalSteps) return { end: 'finished', stepsDone, totalSteps };
      await step();
      log.push(`step ${String(++stepsDone)}`);
      onStep(stepsDone);
    }
  };
  return {
    jobs,
    wishes,
    log,
    start: (onStep = () => undefined) =>
      runInTurns(wishes, {
        run: (work) => jobs.run(`training ${String(++number)}`, work),
        isBusy: () => jobs.isBusy(),
        isAwaited: () => jobs.isAwaited(),
        turn: (wish) => turn(wish, onStep),
        onResting: () => log.push('rests'),
      }),
    other: (name, work = step) =>
      jobs.run(name, async () => {
        await work();
        log.push(name);
      }),
  };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe('a run of training in turns', () => {
  it('goes on to its end where nothing else is asked for', async () => {
    const { start, log } = setStage();
    expect(await start()).toEqual({ end: 'finished', stepsDone: 6, totalSteps });
    expect(log).toEqual(['step 1', 'step 2', 'step 3', 'step 4', 'step 5', 'step 6']);
  });

  it('rests after the step at hand when captions are asked for, and goes on by itself', async () => {
    const { start, other, log } = setStage();
    const end = await start((step) => void (step === 2 && other('captions')));
    expect(end.end).toBe('finished');
    expect(log).toEqual(['step 1', 'step 2', 'rests', 'captions', 'step 3', 'step 4', 'step 5', 'step 6']);
  });

  it('lets a whole line of jobs go first, also those that come while it rests', async () => {
    const { start, other, log } = setStage();
    const line = (left: number): Promise<void> =>
      other(`captions ${String(left)}`, () => {
        if (left > 1) void line(left - 1);
        return Promise.resolve();
      });
    await start((step) => void (step === 1 && line(3)));
    expect(log.filter((one) => one !== 'rests')).toEqual([
      ...['step 1', 'captions 3', 'captions 2', 'captions 1'],
      ...['step 2', 'step 3', 'step 4', 'step 5', 'step 6'],
    ]);
  });

  it('says that it rests where it starts while captions are written', async () => {
    const { start, other, log } = setStage();
    void other('captions');
    await start();
    expect(log.slice(0, 3)).toEqual(['rests', 'captions', 'step 1']);
  });

  it('goes first where it is asked to, until it is over', async () => {
    const { start, other, log } = setStage(false);
    let captions = Promise.resolve();
    await start((step) => {
      if (step === 2) captions = other('captions');
    });
    await captions;
    expect(log.at(-1)).toBe('captions');
    expect(log).not.toContain('rests');
  });

  it.each([
    ['pause', 'paused'],
    ['stop', 'stopped'],
  ] as const)('hears the wish to %s at once while it rests', async (wish, end) => {
    const { start, other, wishes, log } = setStage();
    const run = start((step) => void (step === 2 && other('captions', never)));
    await expect.poll(() => log.at(-1)).toBe('rests');
    wishes.wish = wish;
    wishes.heard();
    expect(await run).toEqual({ end, stepsDone: 2, totalSteps });
  });

  it('hears a wish between two steps as before, and makes no further turn', async () => {
    const { start, wishes, log, jobs } = setStage();
    const run = start((step) => {
      if (step === 3) wishes.wish = 'pause';
    });
    expect(await run).toMatchObject({ end: 'paused', stepsDone: 3 });
    wishes.heard();
    await jobs.run('later', () => Promise.resolve());
    expect(log).toHaveLength(3);
  });

  it('fails as its turn does', async () => {
    const { jobs } = setStage();
    const failing = runInTurns(freshWishes(true), {
      run: (work) => jobs.run('training', work),
      isBusy: () => false,
      isAwaited: () => false,
      turn: () => Promise.reject(new Error('gone')),
      onResting: () => undefined,
    });
    await expect(failing).rejects.toThrow('gone');
    expect(jobs.isBusy()).toBe(false);
  });
});
