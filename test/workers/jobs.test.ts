/** @file Jobs run one at a time, in order, whatever becomes of them, and can be told to stop. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import { makeJobs, type Job } from '../../workers/jobs.ts';

/** Lets everything go on that waits for nothing but its turn. */
function turns(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** A job goes on when the test opens it. */
function makeGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('makeJobs', () => {
  it('starts a job when the one before has ended', async () => {
    const jobs = makeJobs();
    const log: string[] = [];
    const gates = new Map(['a', 'b', 'c'].map((name) => [name, makeGate()] as const));
    const work = (name: string) => async (): Promise<string> => {
      log.push(`${name} starts`);
      await gates.get(name)?.opened;
      log.push(`${name} ends`);
      return name;
    };
    const results = Promise.all([...gates.keys()].map((name) => jobs.run(name, work(name))));
    for (const name of ['b', 'c', 'a']) {
      gates.get(name)?.open();
      await turns();
    }
    expect(await results).toEqual(['a', 'b', 'c']);
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
      const { opened, open } = makeGate();
      const flags = jobs.run('a', async (job) => {
        await opened;
        return { cancelled: job.isCancelled(), paused: job.isPaused() };
      });
      await turns();
      jobs.cancel('a', after);
      open();
      expect(await flags).toEqual(seen);
    }
  });

  it('does not let a later pause soften a stop', async () => {
    const jobs = makeJobs();
    const { opened, open } = makeGate();
    const isCancelled = jobs.run('a', async (job) => {
      await opened;
      return job.isCancelled();
    });
    await turns();
    jobs.cancel('a', 'token');
    jobs.cancel('a', 'batch');
    open();
    expect(await isCancelled).toBe(true);
  });

  it('ends a waiting job at once where it can be called off, and lets those before and behind it go on', async () => {
    const jobs = makeJobs();
    const { opened, open } = makeGate();
    const log: string[] = [];
    const first = jobs.run('a', () => opened);
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
    await turns();
    jobs.cancel('b', 'token');
    expect(await second).toBe('called off');
    expect([jobs.isBusy(), jobs.isAwaited()]).toEqual([true, true]);
    open();
    await first;
    expect(await third).toBe('done');
    expect(log).toEqual(['c']);
    expect([jobs.isBusy(), jobs.isAwaited()]).toEqual([false, false]);
  });

  it('lets a job that runs end by itself, even where it could have been called off', async () => {
    const jobs = makeJobs();
    const { opened, open } = makeGate();
    const running = jobs.run(
      'a',
      (job) => opened.then(() => job.isCancelled()),
      () => false,
    );
    await turns();
    jobs.cancel('a', 'token');
    open();
    expect(await running).toBe(true);
  });

  it('lets a waiting job find the wish, and forgets wishes for jobs that are over', async () => {
    const jobs = makeJobs();
    const isCancelled = (job: Job): Promise<boolean> => Promise.resolve(job.isCancelled());
    const { opened, open } = makeGate();
    const first = jobs.run('a', () => opened);
    const second = jobs.run('b', isCancelled);
    jobs.cancel('b', 'token');
    open();
    await first;
    expect(await second).toBe(true);
    jobs.cancel('b', 'token');
    expect(await jobs.run('b', isCancelled)).toBe(false);
  });
});
