/** @file Jobs run one at a time, in order, whatever becomes of them, and can be told to stop. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import { makeJobs, type Job } from '../../workers/jobs.ts';

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

describe('makeJobs', () => {
  it('starts a job when the one before has ended', async () => {
    const jobs = makeJobs();
    const log: string[] = [];
    const work = (name: string, ms: number) => async (): Promise<string> => {
      log.push(`${name} starts`);
      await pause(ms);
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([jobs.run('a', work('a', 20)), jobs.run('b', work('b', 0)), jobs.run('c', work('c', 5))]);
    expect(results).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('goes on after a job that failed', async () => {
    const jobs = makeJobs();
    const failing = jobs.run('a', () => Promise.reject(new StudioError('device-lost', 'gone')));
    const next = jobs.run('b', () => Promise.resolve(1));
    await expect(failing).rejects.toMatchObject({ code: 'device-lost' });
    expect(await next).toBe(1);
  });

  it('tells a running job to stop at the next token, or after the batch', async () => {
    for (const [after, seen] of [
      ['token', { cancelled: true, paused: false }],
      ['batch', { cancelled: false, paused: true }],
    ] as const) {
      const jobs = makeJobs();
      const flags = jobs.run('a', async (job) => {
        await pause(10);
        return { cancelled: job.isCancelled(), paused: job.isPaused() };
      });
      jobs.cancel('a', after);
      expect(await flags).toEqual(seen);
    }
  });

  it('does not let a later pause soften a stop', async () => {
    const jobs = makeJobs();
    const isCancelled = jobs.run('a', async (job) => {
      await pause(5);
      return job.isCancelled();
    });
    jobs.cancel('a', 'token');
    jobs.cancel('a', 'batch');
    expect(await isCancelled).toBe(true);
  });

  it('ends a waiting job at once where it can be called off, and lets those before and behind it go on', async () => {
    const jobs = makeJobs();
    let finishFirst: () => void = () => undefined;
    const log: string[] = [];
    const first = jobs.run('a', () => new Promise<void>((resolve) => (finishFirst = resolve)));
    const second = jobs.run(
      'b',
      () => Promise.resolve(log.push('b')).then(() => 'done'),
      () => 'called off',
    );
    const third = jobs.run(
      'c',
      () => Promise.resolve(log.push('c')).then(() => 'done'),
      () => 'called off',
    );
    await pause(0);
    jobs.cancel('b', 'token');
    expect(await second).toBe('called off');
    expect([jobs.isBusy(), jobs.isAwaited()]).toEqual([true, true]);
    finishFirst();
    await first;
    expect(await third).toBe('done');
    expect(log).toEqual(['c']);
    expect([jobs.isBusy(), jobs.isAwaited()]).toEqual([false, false]);
  });

  it('lets a job that runs end by itself, even where it could have been called off', async () => {
    const jobs = makeJobs();
    const running = jobs.run(
      'a',
      (job) => pause(5).then(() => job.isCancelled()),
      () => false,
    );
    await pause(0);
    jobs.cancel('a', 'token');
    expect(await running).toBe(true);
  });

  it('lets a waiting job find the wish, and forgets wishes for jobs that are over', async () => {
    const jobs = makeJobs();
    const isCancelled = (job: Job): Promise<boolean> => Promise.resolve(job.isCancelled());
    const first = jobs.run('a', () => pause(10));
    const second = jobs.run('b', isCancelled);
    jobs.cancel('b', 'token');
    await first;
    expect(await second).toBe(true);
    jobs.cancel('b', 'token');
    expect(await jobs.run('b', isCancelled)).toBe(false);
  });
});
