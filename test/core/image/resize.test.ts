import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/core/image/picture.ts';
import { cropCenter, cropPicture, padToSquare, pictureFromRgb, pictureFromRgba } from '../../../src/core/image/picture.ts';
import { readImageProcessor } from '../../../src/core/image/processor-config.ts';
import { processPicture } from '../../../src/core/image/processor.ts';
import { resizePicture } from '../../../src/core/image/resize.ts';

/** A picture whose levels change everywhere. */
function speckled(width: number, height: number): Picture {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24) };
}

const side = fc.integer({ min: 1, max: 40 });

describe('resizePicture', () => {
  it('computes a part of the resized picture as it computes the whole', () => {
    fc.assert(
      fc.property(
        fc.tuple(side, side),
        fc.tuple(side, side),
        fc.constantFrom('bicubic', 'bilinear'),
        fc.nat(),
        ([w, h], [width, height], filter, seed) => {
          const [top, left] = [seed % height, (seed >>> 8) % width];
          const box = { top, left, height: 1 + ((seed >>> 4) % (height - top)), width: 1 + ((seed >>> 12) % (width - left)) };
          const whole = resizePicture(speckled(w, h), { width, height }, { filter });
          expect(resizePicture(speckled(w, h), { width, height }, { filter, box })).toEqual(cropPicture(whole, box));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps one colour one colour at every size', () => {
    fc.assert(
      fc.property(side, side, side, side, (w, h, width, height) => {
        const flat = { width: w, height: h, data: new Uint8Array(w * h * 3).map((_, i) => [7, 200, 255][i % 3] ?? 0) };
        const { data } = resizePicture(flat, { width, height });
        expect(data).toEqual(new Uint8Array(width * height * 3).map((_, i) => [7, 200, 255][i % 3] ?? 0));
      }),
      { numRuns: 100 },
    );
  });

  it('averages pairs when a bilinear picture is halved along one side, triangle weights 1 3 3 1', () => {
    const line = pictureFromRgb(4, 1, Uint8Array.from([0, 80, 160, 240].flatMap((v) => [v, v, v])));
    // Left: (0 · 3 + 80 · 3 + 160 · 1) / 7, right: (80 + 160 · 3 + 240 · 3) / 7.
    expect(resizePicture(line, { width: 2, height: 1 }, { filter: 'bilinear' }).data).toEqual(Uint8Array.of(57, 57, 57, 183, 183, 183));
  });

  it('refuses an empty size', () => {
    expect(() => resizePicture(speckled(2, 2), { width: 0, height: 3 })).toThrow(/no part of a picture/u);
  });
});

describe('pictures', () => {
  it('show white where they are transparent, in shares that are rounded to the nearest', () => {
    const rgba = Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 255, 0, 128, 255, 127);
    expect(pictureFromRgba(1, 3, rgba).data).toEqual(Uint8Array.of(255, 255, 255, 4, 5, 6, 128, 192, 255));
    const all = Uint8Array.from({ length: 4 * 65536 }, (_, i) => (i % 4 === 3 ? i >> 10 : (i >> 2) & 255));
    const { data } = pictureFromRgba(256, 256, all);
    for (let i = 0; i < 65536; i++) {
      const [color, alpha] = [i & 255, i >> 8];
      if (data[3 * i] !== Math.round((color * alpha) / 255) + 255 - alpha) expect.fail(`${String(color)} at ${String(alpha)}`);
    }
  });

  it('are refused when their bytes do not fill their size', () => {
    expect(() => pictureFromRgb(2, 2, new Uint8Array(11))).toThrow(/2 x 2 .* got 11/u);
    expect(() => pictureFromRgba(0, 2, new Uint8Array())).toThrow(/0 x 2/u);
  });

  it('are cut in the middle with the odd pixel left at the end, and stand on black where they are too small', () => {
    const line = pictureFromRgb(4, 1, Uint8Array.from([1, 2, 3, 4].flatMap((v) => [v, v, v])));
    expect(cropCenter(line, { width: 1, height: 1 }).data[0]).toBe(2);
    expect(cropCenter(line, { width: 6, height: 2 }).data.filter((_, i) => i % 3 === 0)).toEqual(
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0),
    );
  });

  it('are padded to a square with the odd line after them', () => {
    const padded = padToSquare(pictureFromRgb(1, 2, new Uint8Array(6).fill(9)), [1, 2, 3]);
    expect(padded).toEqual({ width: 2, height: 2, data: Uint8Array.of(9, 9, 9, 1, 2, 3, 9, 9, 9, 1, 2, 3) });
  });
});

const clip = {
  image_processor_type: 'CLIPImageProcessor',
  size: { shortest_edge: 8 },
  crop_size: { height: 8, width: 8 },
  do_center_crop: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

describe('readImageProcessor', () => {
  it('reads old configs with plain numbers, Fast and Pil names, and one nested in a processor config', () => {
    const plain = readImageProcessor(clip);
    expect(readImageProcessor({ ...clip, size: 8, crop_size: 8 })).toEqual(plain);
    expect(readImageProcessor({ ...clip, image_processor_type: 'CLIPImageProcessorFast' })).toEqual(plain);
    expect(
      readImageProcessor({
        processor_class: 'LlavaProcessor',
        image_processor: { ...clip, image_processor_type: 'CLIPImageProcessorPil' },
      }),
    ).toEqual(plain);
  });

  it('lets the model config ask for a square and for other grids', () => {
    expect(readImageProcessor(clip, { padToSquare: true }).squareColor).toEqual([127, 127, 127]);
    const next = { ...clip, image_processor_type: 'LlavaNextImageProcessor' };
    expect(readImageProcessor(next, { pinpoints: [[8, 16]] }).tiling).toEqual({ tileSide: 8, pinpoints: [{ height: 8, width: 16 }] });
  });

  const refused: [string, Record<string, unknown>, RegExp][] = [
    [
      'an unknown type',
      { image_processor_type: 'PixtralImageProcessor' },
      /image_processor_type is "PixtralImageProcessor"; known are CLIPImageProcessor/u,
    ],
    ['a type named like a property of objects', { image_processor_type: 'constructor' }, /image_processor_type/u],
    ['an enormous size', { size: { shortest_edge: 1e9 } }, /size\.shortest_edge is 1000000000/u],
    ['a size without height', { size: { width: 8 } }, /size\.height/u],
    ['an unknown filter', { resample: 1 }, /resample is 1; 2 \(bilinear\) and 3/u],
    ['two means', { image_mean: [0, 0] }, /image_mean/u],
    ['a zero deviation', { image_std: [1, 0, 1] }, /image_std has 0, numbers above 0/u],
    ['a deviation below zero', { image_std: [1, -1, 1] }, /image_std has -1, numbers above 0/u],
    ['a mean that is no number', { image_mean: [0, Infinity, 0] }, /image_mean is \[0,Infinity,0\], three numbers/u],
    ['a factor that leaves nothing', { rescale_factor: 0 }, /rescale_factor is 0, a number above 0/u],
    ['a factor that no float holds', { rescale_factor: Infinity }, /rescale_factor is Infinity, a number above 0/u],
    ['text for a flag', { do_resize: 'yes' }, /do_resize is "yes"/u],
    [
      'a grid of broken tiles',
      { image_processor_type: 'LlavaNextImageProcessor', image_grid_pinpoints: [[8, 12]] },
      /image_grid_pinpoints has \[8,12\]/u,
    ],
    [
      'a grid of gigapixels',
      { image_processor_type: 'LlavaNextImageProcessor', image_grid_pinpoints: [[80000, 80000]] },
      /image_grid_pinpoints has/u,
    ],
  ];

  it('names the file whose grids are too many', () => {
    const next = { ...clip, image_processor_type: 'LlavaNextImageProcessor' };
    const many = Array.from({ length: 500_000 }, () => [8, 8]);
    const told =
      (image_grid_pinpoints: unknown, overrides = {}): (() => unknown) =>
      () =>
        readImageProcessor({ ...next, image_grid_pinpoints }, overrides);
    expect(told([[8, 8]], { pinpoints: many })).toThrow(/^config\.json: image_grid_pinpoints has 500000 sizes, 1 to 1024 were expected$/u);
    expect(told(many)).toThrow(/^preprocessor_config\.json: image_grid_pinpoints has 500000 sizes/u);
    expect(told([], { file: 'processor_config.json' })).toThrow(/^processor_config\.json: image_grid_pinpoints has 0 sizes/u);
    expect(told([[8, 8]], { pinpoints: { 0: 1 } })).toThrow(/^config\.json: image_grid_pinpoints is \{…\}, a list/u);
  });

  it.each(refused)('refuses %s, naming the field', (_, change, message) => {
    expect(() => readImageProcessor({ ...clip, ...change })).toThrow(message);
  });
});

describe('processPicture', () => {
  it('computes only the middle of a very long picture', () => {
    const long = { width: 1, height: 60_000, data: new Uint8Array(180_000).fill(255) };
    const values = processPicture(long, readImageProcessor(clip));
    expect(values.data).toEqual(new Float32Array(192).fill(1));
  });

  it('refuses to make a gigapixel square of one', () => {
    const long = { width: 1, height: 60_000, data: new Uint8Array(180_000) };
    expect(() => processPicture(long, readImageProcessor(clip, { padToSquare: true }))).toThrow(/60000 x 60000 pixels are too many/u);
  });
});
