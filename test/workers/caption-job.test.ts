/** @file A style that is put on at the head of a job: how far it is, and its end. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import type { AdapterWatch } from '../../src/engine/adapter/watch.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import type { CaptionEvent } from '../../workers/api.ts';
import { wearForJob } from '../../workers/caption-job.ts';
import { makeJobs, type Job } from '../../workers/jobs.ts';

const dressed = {} as OpenModel;
const total = 400e6;

/** Puts a style on in pieces, as long as a test wants. */
async function putOn(watch: AdapterWatch, isWhole: () => boolean): Promise<OpenModel> {
  watch.begin('laying out', total);
  while (!isWhole()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await watch.step('laying out', 1e6);
  }
  return dressed;
}

const never: Job = { isCancelled: () => false, isPaused: () => false };

describe('a job with a style', () => {
  it('tells how far it is once that takes long, and goes on with the model', async () => {
    const events: CaptionEvent[] = [];
    const model = await wearForJob(
      (watch) => putOn(watch, () => events.length >= 3),
      never,
      (event) => events.push(event),
    );
    expect(model).toBe(dressed);
    for (const event of events) expect(event).toMatchObject({ kind: 'laying out', total });
    const done = events.map((event) => (event.kind === 'laying out' ? event.done : Number.NaN));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done[0]).toBeGreaterThan(0);
  });

  it('tells nothing of what takes a moment', async () => {
    const events: CaptionEvent[] = [];
    await wearForJob(
      (watch) => putOn(watch, () => true),
      never,
      (event) => events.push(event),
    );
    expect(events).toEqual([]);
  });

  it('ends within a piece when it is cancelled, by a message that comes meanwhile', async () => {
    const jobs = makeJobs();
    const worn = jobs.run('tower', (job) =>
      wearForJob(
        (watch) => putOn(watch, () => false),
        job,
        () => undefined,
      ),
    );
    setTimeout(() => jobs.cancel('tower', 'token'), 50);
    expect(await worn).toBeNull();
  });

  it('fails with what putting on fails with', async () => {
    const mismatch = new StudioError('adapter-mismatch', 'made for another model');
    await expect(
      wearForJob(
        () => Promise.reject(mismatch),
        never,
        () => undefined,
      ),
    ).rejects.toBe(mismatch);
  });
});
