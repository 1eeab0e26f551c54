/** @file A job answers when what it told on its way is taken, however slow the other side is. */
import { describe, expect, it } from 'vitest';
import { tellInOrder } from '../../workers/last-taken.ts';
import { openScoreDesk } from '../../workers/score-desk.ts';

describe('tellInOrder', () => {
  it('knows when the last of what was told is taken, and waits for nothing where nothing was told', async () => {
    const log: string[] = [];
    let take = (): void => undefined;
    const { tell, taken } = tellInOrder((word: string, count: number) => {
      log.push(`${word} ${String(count)}`);
      return new Promise<void>((resolve) => (take = resolve));
    });
    await taken();
    tell('piece', 1);
    take();
    tell('piece', 2);
    const waiting = taken().then(() => log.push('all taken'));
    await new Promise((resolve) => setTimeout(resolve));
    expect(log).toEqual(['piece 1', 'piece 2']);
    take();
    await waiting;
    expect(log.at(-1)).toBe('all taken');
  });
});

describe('the scoring desk', () => {
  const desk = openScoreDesk({ load: () => Promise.resolve({}) });
  const pictures = ['a', 'b'].map((name) => ({ file: name, captions: [`${name} cat on a mat`] }));
  const request = { references: [{ id: 'r', name: 'R', records: pictures }], systems: [{ id: 's', name: 'S', records: pictures }] };
  const works: Readonly<Record<string, (onProgress: () => unknown) => Promise<unknown>>> = {
    'a file is read': (onProgress) => desk.readFile({ jobId: 'a', name: 'a.json', file: new Blob(['{"a.jpg":"a cat"}']) }, onProgress),
    'systems are scored': (onProgress) =>
      desk.evaluate(
        { jobId: 'b', ...request, objects: null, frequencies: null, metrics: ['BLEU'], draws: 10, seed: 1, baselineId: null },
        onProgress,
      ),
  };

  it.each(Object.entries(works))('answers when how far it is was taken, where %s', async (_, work) => {
    const log: string[] = [];
    // Who takes it is as slow as a whole work, which the answer would overtake.
    let taking = Promise.resolve();
    const takeSlowly = (): unknown =>
      (taking = taking.then(async () => {
        await work(() => undefined);
        log.push('taken');
      }));
    await work(takeSlowly);
    log.push('answered');
    await taking;
    expect(log[0]).toBe('taken');
    expect(log.indexOf('answered')).toBe(log.length - 1);
  });
});
