/** @file What the Models room says of a load: where it stands, how fast it is, how long it still takes. */
import { describe, expect, it } from 'vitest';
import { addSample, bytesPerSecond, type ByteSample } from '../../../src/app/state/models/byte-rate.ts';
import { sayOrigin, sayProgress, toEntry, type ModelFacts } from '../../../src/app/state/models/model-entry.ts';
import type { ModelRecord } from '../../../src/storage/model-record.ts';

const record: ModelRecord = {
  ...{ id: 'a', name: 'llava', family: 'llava', precision: 'q4', licence: 'llama2', form: 'q4', kind: 'checkpoint', state: 'loading' },
  origin: { kind: 'hub', host: 'https://hub.example', id: 'o/n', revision: 'main', commit: 'c0ffee' },
  ...{
    storedBytes: 4e9,
    memoryBytes: 4e9,
    doneBytes: 2e9,
    totalBytes: 14e9,
    addedAt: 0,
    verifiedAt: null,
    damagedFiles: [],
    trouble: null,
  },
};
const still: ModelFacts = {
  ...{ record, note: undefined, progress: undefined, samples: [], isHeld: false, isBusy: false, isOurs: false, isStopping: false },
};

describe('a model on its way', () => {
  it('is loading here, watched elsewhere, or interrupted, as locks and records tell', () => {
    expect(toEntry(still).status).toBe('interrupted');
    expect(toEntry({ ...still, isBusy: true }).status).toBe('elsewhere');
    expect(toEntry({ ...still, isBusy: true, isOurs: true }).status).toBe('loading');
    expect(toEntry({ ...still, isBusy: true, isOurs: true, isStopping: true }).status).toBe('stopping');
    expect(toEntry({ ...still, record: { ...record, state: 'whole' } }).status).toBe('ready');
    expect(toEntry({ ...still, record: { ...record, state: 'damaged' } }).status).toBe('damaged');
    expect(sayProgress(toEntry(still))).toBe('2.0 GB of 14.0 GB · stands still');
  });

  it('tells speed and time left from the last seconds', () => {
    let samples: readonly ByteSample[] = [];
    for (let second = 0; second <= 60; second++)
      samples = addSample(samples, { atMs: second * 1000, done: second < 40 ? 0 : (second - 40) * 5e6 });
    expect(bytesPerSecond(samples)).toBe(5e6);
    const progress = { modelId: 'a', stage: 'fetching', done: 13.7e9, total: 14e9 } as const;
    expect(sayProgress(toEntry({ ...still, isBusy: true, isOurs: true, progress, samples }))).toBe(
      '13.7 GB of 14.0 GB · 5.0 MB/s · 1 min left',
    );
  });

  it('says nothing of speed at the beginning, and starts over after a step back', () => {
    expect(bytesPerSecond([{ atMs: 0, done: 0 }])).toBeUndefined();
    expect(addSample([{ atMs: 0, done: 9 }], { atMs: 500, done: 3 })).toEqual([{ atMs: 500, done: 3 }]);
  });

  it('carries the name that the user gave, and says where it came from', () => {
    expect(toEntry({ ...still, note: { id: 'a', name: 'mine' } }).name).toBe('mine');
    expect(sayOrigin(record.origin)).toBe('hub.example/o/n@main');
  });
});
