/** @file Pictures come out of the command line's decoder as they are stored. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/cli/decode-picture.ts';

describe('decodePicture', () => {
  it('takes colours as they are stored, whatever profile they come with', async () => {
    const bytes = readFileSync(new URL('../fixtures/pictures/display-p3.png', import.meta.url));
    const { width, height, data } = await decodePicture('display-p3.png', bytes);
    expect([width, height]).toEqual([2, 1]);
    expect(Array.from(data)).toEqual([187, 105, 62, 110, 236, 77]);
  });
});
