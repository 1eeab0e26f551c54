/** @file LLaVA-OneVision: AnyRes with up to 36 tiles, whose features are scaled down to those of about nine. */

import type { Family } from '../family.ts';
import { readLlava } from '../read-llava.ts';
import { readMaxTiles } from '../vision/anyres-packing.ts';
import { siglipDefaults } from '../vision/read-tower.ts';

/** LLaVA-OneVision; single pictures, no video. */
export const llavaOnevision: Family = {
  name: 'llava-onevision',
  matches: (config) => config['model_type'] === 'llava_onevision',
  read: (config) =>
    readLlava(config, {
      family: 'llava-onevision',
      tower: siglipDefaults,
      textModelType: 'qwen2',
      imageTokenId: 151646,
      anyres: { maxTiles: readMaxTiles(config['vision_aspect_ratio'] ?? 'anyres_max_9') },
    }),
};
