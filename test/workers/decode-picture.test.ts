/// <reference types="vite/client" />
/** @file Pictures come out of the browser's decoder pixel by pixel, upright, and broken ones are named. */
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../workers/decode-picture.ts';
import displayP3 from '../fixtures/pictures/display-p3.png?url';
import pictures from '../fixtures/pictures/expected.json' with { type: 'json' };

const addresses = import.meta.glob<string>('../fixtures/pictures/*.{png,webp,jpg}', { query: '?url', import: 'default', eager: true });

/** Encodes pixels [r, g, b] of one row as PNG, which keeps them exactly. */
async function png(pixels: readonly (readonly [number, number, number])[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(pixels.length, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const image = new ImageData(pixels.length, 1);
  image.data.set(pixels.flatMap((rgb) => [...rgb, 255]));
  context?.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Puts an EXIF block with the given orientation behind the start of a JPEG. */
async function turned(jpeg: Blob, orientation: number): Promise<Blob> {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  const segment = [0xff, 0xe1, 0, exif.length + 2, ...exif];
  return new Blob([bytes.slice(0, 2), Uint8Array.from(segment), bytes.slice(2)], { type: 'image/jpeg' });
}

describe('decodePicture', () => {
  it.each(Object.entries(pictures))('gives the pixels of %s that the command line gives', async (name, expected) => {
    const file = await (await fetch(addresses[`../fixtures/pictures/${name}`] ?? '')).blob();
    const { width, height, data } = await decodePicture(name, file);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect({ width, height, sha256 }).toEqual(expected);
  });

  it('gives the very bytes of a lossless picture', async () => {
    const picture = await decodePicture(
      'row.png',
      await png([
        [255, 0, 1],
        [2, 254, 3],
        [4, 5, 253],
      ]),
    );
    expect(picture).toMatchObject({ width: 3, height: 1 });
    expect(Array.from(picture.data)).toEqual([255, 0, 1, 2, 254, 3, 4, 5, 253]);
  });

  it('takes colours as they are stored, whatever profile they come with, as the command line does', async () => {
    const file = await (await fetch(displayP3)).blob();
    expect(Array.from((await decodePicture('display-p3.png', file)).data)).toEqual([187, 105, 62, 110, 236, 77]);
  });

  it('turns a photo as its EXIF says', async () => {
    const canvas = new OffscreenCanvas(16, 8);
    const context = canvas.getContext('2d');
    context?.fillRect(0, 0, 16, 8);
    const jpeg = await canvas.convertToBlob({ type: 'image/jpeg' });
    expect(await decodePicture('flat.jpg', jpeg)).toMatchObject({ width: 16, height: 8 });
    expect(await decodePicture('turned.jpg', await turned(jpeg, 6))).toMatchObject({ width: 8, height: 16 });
  });

  it('names a file that is empty or no picture', async () => {
    for (const file of [new Blob([]), new Blob(['no picture'], { type: 'image/jpeg' })]) {
      const failure = decodePicture('broken.jpg', file);
      await expect(failure).rejects.toMatchObject({ code: 'picture-invalid' });
      await expect(failure).rejects.toThrow(/broken\.jpg/);
    }
  });
});
