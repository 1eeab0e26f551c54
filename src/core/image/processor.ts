/** @file From a picture to what a vision tower takes, as the slow (PIL) image processors of transformers compute it. */

import type { Tensor } from '../tensor/tensor.ts';
import { float32 } from '../tensor/tensor.ts';
import { fitWithin, selectBestResolution } from './anyres.ts';
import type { Picture, Rgb, Size } from './picture.ts';
import { centerBox, cropCenter, cropPicture, padPicture, padToSquare } from './picture.ts';
import type { ResampleFilter } from './resize.ts';
import { resizePicture } from './resize.ts';

/** To which size a picture is brought before it is cropped. @unit pixels */
export type ResizeRule =
  | { readonly kind: 'exact'; readonly size: Size }
  | { readonly kind: 'shortest'; readonly edge: number }
  | { readonly kind: 'none' };

/** How a model wants its pictures; plain data, read from a checkpoint or a bundle. */
export interface ImageProcessor {
  readonly resize: ResizeRule;
  readonly filter: ResampleFilter;
  /** The middle that is cut out after resizing, or null. */
  readonly centerCrop: Size | null;
  /** The colour beside a picture that is made square first, or null where it is not. */
  readonly squareColor: Rgb | null;
  /** Pixels are multiplied by it first. */
  readonly rescaleFactor: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Grid sizes and the side of a tile for AnyRes models; null for those that see one square. */
  readonly tiling: { readonly pinpoints: readonly Size[]; readonly tileSide: number } | null;
}

/**
 * Resizes, crops and normalises a picture by a processor's rules; an AnyRes model gets the whole picture first, then its tiles row by row.
 *
 * @shape → [T, 3, H, W], T = 1 without tiles
 * @throws {StudioError} 'picture-invalid' when the picture is too long and narrow for these rules
 */
export function processPicture(picture: Picture, processor: ImageProcessor): Tensor<'float32'> {
  const views = processor.tiling === null ? [picture] : tilesOf(picture, processor.tiling, processor.filter);
  const squares = views.map((view) => fitToTower(view, processor));
  const { width, height } = squares[0] ?? picture;
  const planeSize = width * height;
  const data = new Float32Array(squares.length * 3 * planeSize);
  const table = normalizedLevels(processor);
  squares.forEach((square, i) => {
    normalizeInto(square, table, data.subarray(i * 3 * planeSize, (i + 1) * 3 * planeSize));
  });
  return float32([squares.length, 3, height, width], data);
}

/** Gives the 8-bit picture that the tower sees of a whole picture, before normalising. */
export function fitToTower(picture: Picture, processor: ImageProcessor): Picture {
  const { resize, filter, centerCrop, squareColor } = processor;
  const source = squareColor === null ? picture : padToSquare(picture, squareColor);
  const size = sizeAfterResize(source, resize);
  const crop = centerCrop === null ? null : centerBox(size, centerCrop);
  // Of a very long picture only the middle is ever computed.
  if (crop !== null && crop.top >= 0 && crop.left >= 0) return resizePicture(source, size, { filter, box: crop });
  const resized = resizePicture(source, size, { filter });
  return centerCrop === null ? resized : cropCenter(resized, centerCrop);
}

function sizeAfterResize(picture: Size, rule: ResizeRule): Size {
  switch (rule.kind) {
    case 'none':
      return { height: picture.height, width: picture.width };
    case 'exact':
      return rule.size;
    case 'shortest': {
      const long = (side: number, other: number): number => Math.trunc((rule.edge * side) / other);
      return picture.width <= picture.height
        ? { width: rule.edge, height: long(picture.height, picture.width) }
        : { width: long(picture.width, picture.height), height: rule.edge };
    }
  }
}

/** The whole picture squashed into one tile, then the tiles of the picture on its best grid, black beside it. */
function tilesOf(picture: Picture, { pinpoints, tileSide }: NonNullable<ImageProcessor['tiling']>, filter: ResampleFilter): Picture[] {
  const best = selectBestResolution(picture, pinpoints);
  const fitted = resizePicture(picture, fitWithin(picture, best), { filter });
  const corner = { top: (best.height - fitted.height) >> 1, left: (best.width - fitted.width) >> 1 };
  const grid = padPicture(fitted, { ...best, ...corner }, [0, 0, 0]);
  const views = [resizePicture(picture, { height: tileSide, width: tileSide }, { filter })];
  for (let top = 0; top < best.height; top += tileSide) {
    for (let left = 0; left < best.width; left += tileSide) views.push(cropPicture(grid, { top, left, height: tileSide, width: tileSide }));
  }
  return views;
}

/**
 * The normalised value of each of the 256 levels of each channel, computed once, in the order and precision of the reference: the
 * product in float64 rounded to float32, then difference and quotient in float32.
 */
function normalizedLevels({ rescaleFactor, mean, std }: ImageProcessor): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    const channelMean = Math.fround(mean[channel] ?? 0);
    const channelStd = Math.fround(std[channel] ?? 1);
    for (let level = 0; level < 256; level++) {
      table[channel * 256 + level] = Math.fround(Math.fround(level * rescaleFactor) - channelMean) / channelStd;
    }
  }
  return table;
}

function normalizeInto(picture: Picture, table: Float32Array, target: Float32Array): void {
  const planeSize = picture.width * picture.height;
  for (let i = 0, from = 0; i < planeSize; i++, from += 3) {
    target[i] = table[picture.data[from] ?? 0] ?? 0;
    target[planeSize + i] = table[256 + (picture.data[from + 1] ?? 0)] ?? 0;
    target[2 * planeSize + i] = table[512 + (picture.data[from + 2] ?? 0)] ?? 0;
  }
}
