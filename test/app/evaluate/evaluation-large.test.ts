/** @file Files that are too large for the page are refused with the limit and a way out; what is in the room stays. */
import { describe, expect, it } from 'vitest';
import { openScoreDesk } from '../../../workers/score-desk.ts';
import { open, references, system } from './evaluation-stage.ts';

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

  it('are not even read where no text could hold them', async () => {
    const file = { size: 600e6, arrayBuffer: () => Promise.reject(new Error('read')) } as unknown as Blob;
    const read = openScoreDesk({ load: () => Promise.resolve({}) }).readFile({ name: 'a.json', file });
    await expect(read).rejects.toMatchObject({
      code: 'argument-invalid',
      message: expect.stringContaining('536 MB are the most') as string,
    });
  });
});
