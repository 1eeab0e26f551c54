/** @file What the Train room learns from, and the curves it draws. */
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../../src/engine/train/events.ts';
import { methodDefaults, recipeOptions } from '../../../src/engine/train/recipes.ts';
import { splitItems, type TrainItem } from '../../../src/app/state/train/train-data.ts';
import { troubleOf } from '../../../src/app/state/train/train-field.ts';
import { mainFields, moreFields } from '../../../src/app/state/train/train-fields.ts';
import { methodFields } from '../../../src/app/state/train/train-method-fields.ts';
import { addEvent, noProgress } from '../../../src/app/state/train/train-record.ts';
import { sayKept } from '../../../src/app/state/train/train-words.ts';

const items: readonly TrainItem[] = Array.from({ length: 40 }, (_, i) => ({
  id: `${String(i)}.jpg`,
  captions: ['a cat'],
  source: { kind: 'copy', path: String(i) },
  drawer: 'own',
}));

function step(number: number, loss: number): TrainEvent {
  return { kind: 'step', step: number, totalSteps: 9, epoch: 1, loss, norm: 1, learningRate: 0.1, samplesPerSecond: 1, secondsLeft: 1 };
}

describe('the pictures that are kept from training', () => {
  it('are chosen by the seed alone, and none is on both sides', () => {
    const split = splitItems(items, 0.2, 7);
    expect(split.validation).toHaveLength(8);
    expect(split.pictures).toHaveLength(32);
    expect(splitItems(items, 0.2, 7)).toEqual(split);
    expect(splitItems(items, 0.2, 8).validation).not.toEqual(split.validation);
    expect(new Set([...split.pictures, ...split.validation])).toHaveLength(40);
  });

  it('are one at least from four pictures on, and never all', () => {
    expect(splitItems(items.slice(0, 3), 0.5, 1).validation).toHaveLength(0);
    expect(splitItems(items.slice(0, 4), 0.01, 1).validation).toHaveLength(1);
    expect(splitItems(items, 0, 1).validation).toHaveLength(0);
  });
});

describe('the curves of a run', () => {
  it('forget the steps that are made again after a checkpoint', () => {
    const first = [step(1, 5), step(2, 4), step(3, 3)].reduce(addEvent, noProgress);
    expect(addEvent(first, step(2, 3.9)).steps.map(({ loss }) => loss)).toEqual([5, 3.9]);
  });

  it('know the step of the last checkpoint, whatever was learned or looked at since', () => {
    const run = [step(1, 5), { kind: 'checkpoint', step: 1, sizeBytes: 9 } as const, step(2, 4)].reduce(addEvent, noProgress);
    expect(run.keptStep).toBe(1);
    expect(sayKept(run)).toBe('goes on after step 1 of 9');
    expect(sayKept([step(1, 5)].reduce(addEvent, noProgress))).toContain('begins at its first step again');
    expect(sayKept(noProgress)).toBe('begins at its first step');
    expect(sayKept({ totalSteps: 9, steps: run.steps, looks: [] })).toBe('goes on after step 2 of 9'); // a record of an earlier version
  });

  it('keep what is no step or look out', () => {
    expect(addEvent(noProgress, { kind: 'features', done: 1, total: 2 })).toEqual(noProgress);
  });
});

describe('the fields of the form', () => {
  it.each(['lora', 'dora', 'prompt', 'prefix', 'full'] as const)('of %s start from values that they take themselves', (kind) => {
    const options = recipeOptions('ours', methodDefaults[kind]);
    for (const field of [...methodFields(kind), ...mainFields, ...moreFields]) expect(troubleOf(field, options)).toBeUndefined();
  });

  it('say what is out of range', () => {
    const options = { ...recipeOptions('ours', methodDefaults.lora), batchPictures: 0.5 };
    const troubles = mainFields.map((field) => troubleOf(field, options)).filter((text) => text !== undefined);
    expect(troubles).toEqual(['Pictures a step goes from 1 to 256']);
  });
});
