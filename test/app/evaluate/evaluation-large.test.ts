/** @file Files that are too large for the page are refused with the limit and a way out; what is in the room stays. */
import { describe, expect, it } from 'vitest';
import type { Scores } from '../../../src/app/scores.ts';
import { StudioError } from '../../../src/core/error.ts';
import { openScoreDesk } from '../../../workers/score-desk.ts';
import { memory, open, references, system, thread } from './evaluation-stage.ts';

const rows = (count: number): string => Array.from({ length: count }, (_, i) => `{"file":"${String(i)}.jpg","caption":"a"}`).join('\n');

describe('large files in the Evaluate room', () => {
  it('are refused above 50,000 pictures, with the command that takes them', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([system(), references()]);
    const before = evaluation.inputs;
    await evaluation.addFiles([new File([rows(50_001)], 'large.jsonl')]);
    expect(evaluation.inputs).toEqual(before);
    expect(notices.toasts.at(-1)?.title).toBe('large.jsonl is too large for the page');
    expect(notices.toasts.at(-1)?.text).toMatch(
      /^has 50,001 captions of 50,001 pictures; the page compares 50,000 pictures .*evaluate --hyp/u,
    );
    await evaluation.addFiles([new File([rows(50_000)], 'whole.jsonl')], 'system');
    expect(evaluation.inputs.systems.at(-1)?.records).toHaveLength(50_000);
  });

  it('are refused above 300,000 captions, however few the pictures are', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([new File([JSON.stringify({ 'a.jpg': new Array<string>(300_001).fill('a') })], 'many.json')]);
    expect(evaluation.isEmpty).toBe(true);
    expect(notices.toasts.at(-1)?.text).toMatch(/300,001 captions of 1 pictures/u);
  });

  it('are refused where one caption is as long as a book, with its picture', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([new File([JSON.stringify({ 'a.jpg': 'short', 'b.jpg': 'x'.repeat(100_001) })], 'book.json')]);
    expect(evaluation.isEmpty).toBe(true);
    expect(notices.toasts.at(-1)?.text).toMatch(/^has a caption of 100,001 characters, of b\.jpg; 100,000 are the most/u);
    await evaluation.addFiles([new File([JSON.stringify({ 'b.jpg': 'x'.repeat(100_000) })], 'long.json')]);
    expect(evaluation.inputs.systems).toHaveLength(1);
  });

  it('say how far they are read, and can be stopped; what was read before stays, and the next file is read', async () => {
    const held: Scores = {
      ...thread(),
      readFile: ({ name, file }, stop, onProgress) =>
        name === 'held.json'
          ? new Promise((_, reject) => {
              onProgress(0.5);
              stop.addEventListener('abort', () => {
                reject(new StudioError('cancelled', 'stopped'));
              });
            })
          : thread().readFile({ name, file }, stop, onProgress),
    };
    const { evaluation, notices } = await open(memory(), held);
    await evaluation.addFiles([system()]);
    expect(evaluation.reading.progress).toBeUndefined();
    const adding = evaluation.addFiles([new File(['{}'], 'held.json'), references()]);
    await expect.poll(() => evaluation.reading.progress?.fileName).toBe('held.json');
    // Half of its two bytes, which is half of the work on them.
    expect(evaluation.reading.progress?.share).toBe(0.5 / (2 + references().size));
    evaluation.reading.stop();
    await adding;
    expect(evaluation.reading.progress).toBeUndefined();
    expect(notices.toasts).toEqual([]);
    expect(evaluation.inputs.systems).toHaveLength(1);
    expect(evaluation.inputs.references).toHaveLength(0);
    await evaluation.addFiles([references()]);
    expect(evaluation.inputs.references).toHaveLength(1);
  });

  it('are not even read where no text could hold them', async () => {
    const file = { size: 600e6, arrayBuffer: () => Promise.reject(new Error('read')) } as unknown as Blob;
    const read = openScoreDesk({ load: () => Promise.resolve({}) }).readFile({ jobId: 'a', name: 'a.json', file }, () => undefined);
    await expect(read).rejects.toMatchObject({
      code: 'argument-invalid',
      message: expect.stringContaining('536 MB are the most') as string,
    });
  });
});
