/**
 * @file The geometry of AnyRes: a picture of any size as one whole view and a grid of tiles, and which of the tiles' rows of features
 * show the picture and not the black beside it.
 *
 * @source Liu et al. 2024, llava-vl.github.io/blog/2024-01-30-llava-next; transformers 5.23, image_processing_llava_next and processing_llava_onevision
 */

import { StudioError } from '../error.ts';
import type { Box, Size } from './picture.ts';

/** What a model's config says of AnyRes. */
export interface AnyresSpec {
  /** Sizes of grids that the picture may be laid out on. @unit pixels */
  readonly pinpoints: readonly Size[];
  /** Side of the square that the vision tower sees. @unit pixels */
  readonly tileSide: number;
  /** Patches along one side of a tile: the square root of the feature rows that a tile gives. */
  readonly patchesPerSide: number;
  /** With `anyres_max_N` the N: features of more than about N tiles are scaled down. Null where all are kept. */
  readonly maxTiles: number | null;
}

/** How one picture's features are laid out. */
export interface AnyresLayout {
  /** The grid's size. @unit pixels */
  readonly best: Size;
  /** Rows and columns of tiles. */
  readonly tiles: Size;
  /** The part of the grid of patches that shows the picture; height and width after unpadding. */
  readonly kept: Box;
  /** What the kept part is scaled to, bilinear with half-pixel centres, where it is too large; equal to its size otherwise. */
  readonly packed: Size;
  /** How many `<image>` tokens the picture takes: whole view, packed rows, and a newline after each row. */
  readonly tokens: number;
}

/**
 * Lays out one picture.
 *
 * @param picture the picture's own size
 */
export function layOutAnyres(picture: Size, spec: AnyresSpec): AnyresLayout {
  const best = selectBestResolution(picture, spec.pinpoints);
  const tiles = { height: Math.floor(best.height / spec.tileSide), width: Math.floor(best.width / spec.tileSide) };
  const kept = unpaddedGrid(picture, { height: tiles.height * spec.patchesPerSide, width: tiles.width * spec.patchesPerSide });
  const packed = packedGrid(kept, spec);
  return { best, tiles, kept, packed, tokens: spec.patchesPerSide ** 2 + packed.height * (packed.width + 1) };
}

/** How many tokens a picture may take; both inclusive. */
export interface TokenRange {
  readonly least: number;
  readonly most: number;
}

/** Proportions that pictures seldom go beyond. */
const longestSide = 3;

/** Counts the tokens of pictures from 1:3 to 3:1, from half a tile's side to one larger than all grids. */
export function countAnyresTokens(spec: AnyresSpec): TokenRange {
  const largest = Math.max(...spec.pinpoints.flatMap(({ height, width }) => [height, width]));
  const sides = [spec.tileSide / 2, spec.tileSide, 2 * spec.tileSide, 2 * largest];
  const shapes = Array.from({ length: 49 }, (_, i) => longestSide ** (i / 24 - 1));
  const counts = sides.flatMap((side) =>
    shapes.map(
      (shape) => layOutAnyres({ height: Math.round(side / Math.sqrt(shape)), width: Math.round(side * Math.sqrt(shape)) }, spec).tokens,
    ),
  );
  return { least: Math.min(...counts), most: Math.max(...counts) };
}

/**
 * Selects the grid that keeps most of the picture's pixels, then wastes least; the first in the list on a tie.
 *
 * @throws {StudioError} 'argument-invalid' when there is none to select from
 */
export function selectBestResolution(picture: Size, pinpoints: readonly Size[]): Size {
  let best: Size | undefined;
  let most = 0;
  let least = Infinity;
  for (const pinpoint of pinpoints) {
    const scale = Math.min(pinpoint.width / picture.width, pinpoint.height / picture.height);
    const fitted = Math.trunc(picture.width * scale) * Math.trunc(picture.height * scale);
    const effective = Math.min(fitted, picture.width * picture.height);
    const wasted = pinpoint.width * pinpoint.height - effective;
    if (effective > most || (effective === most && wasted < least)) {
      best = pinpoint;
      most = effective;
      least = wasted;
    }
  }
  if (best === undefined) throw new StudioError('argument-invalid', 'anyres: there are no grid sizes to lay a picture out on');
  return best;
}

/** Gives the largest size of the picture's shape that fits the target. */
export function fitWithin(picture: Size, target: Size): Size {
  const scaleX = target.width / picture.width;
  const scaleY = target.height / picture.height;
  return scaleX < scaleY
    ? { width: target.width, height: Math.min(Math.ceil(picture.height * scaleX), target.height) }
    : { width: Math.min(Math.ceil(picture.width * scaleY), target.width), height: target.height };
}

/** Finds the part of a grid of patches that shows the picture when it stands in the middle of the grid. */
export function unpaddedGrid(picture: Size, grid: Size): Box {
  if (picture.width / picture.height > grid.width / grid.height) {
    const height = truncateRounded((picture.height * grid.width) / picture.width);
    const top = Math.floor((grid.height - height) / 2);
    return { top, left: 0, height: grid.height - 2 * top, width: grid.width };
  }
  const width = truncateRounded((picture.width * grid.height) / picture.height);
  const left = Math.floor((grid.width - width) / 2);
  return { top: 0, left, height: grid.height, width: grid.width - 2 * left };
}

function packedGrid(kept: Size, { maxTiles, patchesPerSide }: AnyresSpec): Size {
  if (maxTiles === null) return { height: kept.height, width: kept.width };
  const ratio = Math.sqrt((kept.height * kept.width) / (maxTiles * patchesPerSide ** 2));
  if (ratio <= 1.1) return { height: kept.height, width: kept.width };
  return { height: Math.floor(kept.height / ratio), width: Math.floor(kept.width / ratio) };
}

/** Seven decimals first, so that a quotient that is whole but for rounding stays whole. */
function truncateRounded(value: number): number {
  return Math.trunc(Number(value.toFixed(7)));
}
