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
