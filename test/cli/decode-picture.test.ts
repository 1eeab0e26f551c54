/** @file Pictures come out of the command line's decoder as they are stored, on white; workers/decode-picture.test.ts holds the page to the same bytes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../src/core/image/picture.ts';
import { decodePicture } from '../../src/cli/decode-picture.ts';
import pictures from '../fixtures/pictures/expected.json' with { type: 'json' };

function open(name: string): Promise<Picture> {
  return decodePicture(name, readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url)));
}

describe('decodePicture', () => {
  it.each(Object.entries(pictures))('gives the expected pixels of %s', async (name, expected) => {
    const { width, height, data } = await open(name);
    expect({ width, height, sha256: createHash('sha256').update(data).digest('hex') }).toEqual(expected);
  });

  it('shows white where a picture is transparent', async () => {
    const { width, data } = await open('half-transparent.png');
    expect(Array.from(data.subarray(0, 3))).toEqual([255, 255, 255]);
    expect(Array.from(data.subarray(63 * width * 3, 63 * width * 3 + 3))).toEqual([3, 252, 21]);
  });

  it('takes colours as they are stored, whatever profile they come with', async () => {
    const { width, height, data } = await open('display-p3.png');
    expect([width, height]).toEqual([2, 1]);
    expect(Array.from(data)).toEqual([187, 105, 62, 110, 236, 77]);
  });

  it('makes of inks the light that they leave', async () => {
    const { data } = await open('ink.jpg');
    const { data: grey } = await open('grey.jpg'); // the same photo
    const mean = (bytes: Uint8Array): number => bytes.reduce((sum, level) => sum + level, 0) / bytes.length;
    expect(Math.abs(mean(data) - mean(grey))).toBeLessThan(16);
  });
});
