/** @file LLaVA-1.6, also LLaVA-NeXT: the whole picture and its tiles, unpadded, a newline after each row. */

import type { Family } from '../family.ts';
import { readLlava } from '../read-llava.ts';
import { clipDefaults } from '../vision/read-tower.ts';

/** LLaVA-1.6 on Vicuna, Llama, Mistral or Qwen2. */
export const llavaNext: Family = {
  name: 'llava-next',
  matches: (config) => config['model_type'] === 'llava_next',
  read: (config) =>
    readLlava(config, {
      family: 'llava-next',
      tower: clipDefaults,
      textModelType: 'llama',
      imageTokenId: 32000,
      anyres: { maxTiles: null },
    }),
};
