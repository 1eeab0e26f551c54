/** @file What a conversion takes over, and what it says of checkpoints that do not go with their config. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../models/families.ts';
import { openSafetensors, type StoredTensor } from '../../../src/core/codec/checkpoint-tensors.ts';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { neededTensors } from '../../../src/engine/convert/needed-tensors.ts';

const checkpoint = join(import.meta.dirname, '../../fixtures/reference/llava15-vicuna/checkpoint');
const config = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8')) as Record<string, unknown>;

describe('neededTensors', () => {
  const model = readModel(config);
  let tensors: Map<string, StoredTensor>;
  beforeAll(async () => {
    tensors = new Map((await openSafetensors(folderFiles(checkpoint))).tensors);
  });

  it('leaves the tower’s last block and its last norm behind', () => {
    const needed = [...neededTensors('here', model, tensors).keys()];
    expect(needed).toContain('model.vision_tower.encoder.layers.1.mlp.fc2.weight');
    expect(needed.filter((name) => /layers\.2\.|post_layernorm/.test(name))).toEqual([]);
    expect(tensors.size - needed.length).toBe(18); // 16 of the block, 2 of the norm
  });

  it('takes the original layout as the same', () => {
    const original = new Map(
      [...tensors].map(([name, tensor]) => [
        name
          .replace(/^vision_tower\./, 'model.vision_tower.vision_tower.')
          .replace(/^multi_modal_projector\.linear_1/, 'model.mm_projector.0')
          .replace(/^multi_modal_projector\.linear_2/, 'model.mm_projector.2')
          .replace(/^language_model\./, ''),
        tensor,
      ]),
    );
    expect([...neededTensors('here', model, original)]).toEqual([...neededTensors('here', model, tensors)]);
  });

  it('names a tensor that is missing, one of another shape and one that stands twice', () => {
    const missing = new Map(tensors);
    missing.delete('multi_modal_projector.linear_2.bias');
    expect(() => neededTensors('here', model, missing)).toThrow(/no tensor model\.multi_modal_projector\.linear_2\.bias,/);
    const wider = readModel({ ...config, text_config: { ...(config['text_config'] as object), vocab_size: 128 } });
    expect(() => neededTensors('here', wider, tensors)).toThrow(/lm_head\.weight is \[96, 64\], config\.json makes it \[128, 64\]/);
    const [first] = tensors.values();
    const twice = first ? new Map([...tensors, ['model.language_model.embed_tokens.weight', first]]) : tensors;
    expect(() => neededTensors('here', model, twice)).toThrow(/stands twice/);
  });
});
