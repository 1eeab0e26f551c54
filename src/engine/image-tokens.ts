/** @file How many tokens a picture takes of a model's context. */

import { countAnyresTokens, type TokenRange } from '../core/image/anyres.ts';
import type { ImageProcessor } from '../core/image/processor.ts';
import type { VisionModel } from '../../models/family.ts';

/** Counts the tokens of a picture; with AnyRes they depend on its size and shape, and the range is that of usual ones. */
export function countImageTokens(vision: VisionModel, { tiling }: Pick<ImageProcessor, 'tiling'>): TokenRange {
  if (!vision.packing || !tiling) return { least: vision.rowsPerTile, most: vision.rowsPerTile };
  const { patchesPerSide, maxTiles } = vision.packing;
  return countAnyresTokens({ ...tiling, patchesPerSide, maxTiles });
}

/** Counts the tiles of the picture that has most. */
export function countMostTiles(vision: VisionModel, { tiling }: Pick<ImageProcessor, 'tiling'>): number {
  if (!vision.packing || !tiling) return 1;
  return 1 + Math.max(...tiling.pinpoints.map(({ width, height }) => (width / tiling.tileSide) * (height / tiling.tileSide)));
}
