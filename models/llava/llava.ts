/** @file LLaVA-1.5: one square picture, CLIP, an MLP projector, Llama or Vicuna. */

import type { Family } from '../family.ts';
import { readLlava } from '../read-llava.ts';
import { clipDefaults, towerKind } from '../vision/read-tower.ts';

/** LLaVA-1.5 and its kin. */
export const llava: Family = {
  name: 'llava',
  matches: (config) => config['model_type'] === 'llava' && towerKind(config, clipDefaults) === 'clip',
  read: (config) => readLlava(config, { family: 'llava', tower: clipDefaults, textModelType: 'llama', imageTokenId: 32000, anyres: null }),
};
