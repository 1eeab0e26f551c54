/** @file One tab at a time goes on with a run. */
import { expect, it } from 'vitest';
import { holdRun, runsAtWork } from '../../../src/app/state/train/run-locks.ts';

it('lets one at a run, refuses a second without beginning, and is free again afterwards, also after an error', async () => {
  let isSecondBegun = false;
  const isFirst = await holdRun('one', async () => {
    expect([...(await runsAtWork())]).toEqual(['one']);
    expect(
      await holdRun('one', () => {
        isSecondBegun = true;
        return Promise.resolve();
      }),
    ).toBe(false);
    expect(await holdRun('two', () => Promise.resolve())).toBe(true);
  });
  expect([isFirst, isSecondBegun]).toEqual([true, false]);
  await expect(holdRun('one', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await runsAtWork()).toEqual(new Set());
});
