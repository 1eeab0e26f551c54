/** @file Tensor names of every software that writes LLaVA checkpoints. */

import { describe, expect, it } from 'vitest';
import { canonicalName } from '../../models/tensor-names.ts';

describe('canonicalName', () => {
  const names: readonly (readonly [canonical: string, written: readonly string[]])[] = [
    [
      'model.language_model.layers.0.self_attn.q_proj.weight',
      [
        'language_model.model.layers.0.self_attn.q_proj.weight',
        'model.language_model.layers.0.self_attn.q_proj.weight',
        'model.layers.0.self_attn.q_proj.weight',
      ],
    ],
    ['model.language_model.embed_tokens.weight', ['language_model.model.embed_tokens.weight', 'model.embed_tokens.weight']],
    ['model.language_model.norm.weight', ['language_model.model.norm.weight', 'model.norm.weight']],
    ['lm_head.weight', ['language_model.lm_head.weight', 'lm_head.weight']],
    [
      'model.vision_tower.encoder.layers.1.mlp.fc1.bias',
      [
        'vision_tower.vision_model.encoder.layers.1.mlp.fc1.bias',
        'vision_tower.encoder.layers.1.mlp.fc1.bias',
        'model.vision_tower.vision_model.encoder.layers.1.mlp.fc1.bias',
        'model.vision_tower.vision_tower.vision_model.encoder.layers.1.mlp.fc1.bias',
      ],
    ],
    ['model.multi_modal_projector.linear_1.weight', ['multi_modal_projector.linear_1.weight', 'model.mm_projector.0.weight']],
    ['model.multi_modal_projector.linear_2.bias', ['model.multi_modal_projector.linear_2.bias', 'model.mm_projector.2.bias']],
    ['model.image_newline', ['image_newline', 'model.image_newline']],
  ];
  it.each(names)('is %s in all layouts', (canonical, written) => {
    for (const name of [canonical, ...written]) expect(canonicalName(name)).toBe(canonical);
  });
});
