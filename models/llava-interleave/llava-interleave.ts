/** @file LLaVA-Interleave: LLaVA's layout with SigLIP's last block and Qwen2. */

import type { Family } from '../family.ts';
import { readLlava } from '../read-llava.ts';
import { clipDefaults, towerKind } from '../vision/read-tower.ts';

/** LLaVA-Interleave; pictures come one by one here. */
export const llavaInterleave: Family = {
  name: 'llava-interleave',
  matches: (config) => config['model_type'] === 'llava' && towerKind(config, clipDefaults) === 'siglip',
  read: (config) =>
    readLlava(config, { family: 'llava-interleave', tower: clipDefaults, textModelType: 'llama', imageTokenId: 32000, anyres: null }),
};
