/** @file Which family a config is of, what is read from published ones, and what is refused by name. */

import { describe, expect, it } from 'vitest';
import { families, readModel } from '../../models/families.ts';
import { originalProcessor } from '../../models/original-layout.ts';
import { readImageProcessor } from '../../src/core/image/processor-config.ts';

/** As llava-hf/llava-1.5-7b-hf has it: what is at the class default is absent. */
const published15 = {
  model_type: 'llava',
  image_token_index: 32000,
  projector_hidden_act: 'gelu',
  text_config: { model_type: 'llama', max_position_embeddings: 4096, rms_norm_eps: 1e-5, vocab_size: 32064 },
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 1024,
    image_size: 336,
    intermediate_size: 4096,
    num_attention_heads: 16,
    num_hidden_layers: 24,
    patch_size: 14,
  },
  vision_feature_layer: -2,
  vision_feature_select_strategy: 'default',
};

/** As liuhaotian/llava-v1.5-7b has it. */
const original15 = {
  model_type: 'llava_llama',
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  vocab_size: 32000,
  hidden_act: 'silu',
  image_aspect_ratio: 'pad',
  mm_hidden_size: 1024,
  mm_projector_type: 'mlp2x_gelu',
  mm_vision_select_feature: 'patch',
  mm_vision_select_layer: -2,
  mm_vision_tower: 'openai/clip-vit-large-patch14-336',
};

describe('readModel', () => {
  it('fills a sparse config of LLaVA-1.5 with the defaults of its classes', () => {
    const model = readModel(published15);
    expect(model).toMatchObject({ family: 'llava', imageTokenId: 32000, vision: { imageSize: 336, rowsPerTile: 576, packing: null } });
    expect(model.decoder).toMatchObject({
      layers: 32,
      hiddenSize: 4096,
      heads: 32,
      keyValueHeads: 32,
      headWidth: 128,
      feedForwardSize: 11008,
    });
    expect(model.decoder).toMatchObject({ vocabularySize: 32064, normEpsilon: 1e-5, ropeTheta: 10000, contextLength: 4096 });
  });

  it('reads LLaVA-1.6 on Mistral, whose window does not shorten its context', () => {
    const { decoder, vision, family } = readModel({
      ...published15,
      model_type: 'llava_next',
      image_grid_pinpoints: [[336, 672]],
      text_config: {
        model_type: 'mistral',
        intermediate_size: 14336,
        max_position_embeddings: 32768,
        num_key_value_heads: 8,
        rope_theta: 1e6,
        sliding_window: null,
        vocab_size: 32064,
      },
    });
    expect(family).toBe('llava-next');
    expect(vision.packing).toEqual({ maxTiles: null, pinpoints: [[336, 672]], patchesPerSide: 24 });
    expect(decoder).toMatchObject({ kind: 'mistral', keyValueHeads: 8, ropeTheta: 1e6, contextLength: 32768, hasQkvBias: false });
  });

  it('reads a OneVision config that says nothing of its tower', () => {
    const model = readModel({
      model_type: 'llava_onevision',
      text_config: { model_type: 'qwen2', hidden_size: 896, num_attention_heads: 14, num_key_value_heads: 2 },
    });
    expect(model).toMatchObject({ family: 'llava-onevision', imageTokenId: 151646 });
    expect(model.vision).toMatchObject({ imageSize: 384, rowsPerTile: 729, packing: { maxTiles: 9, patchesPerSide: 27 } });
    expect(model.decoder).toMatchObject({ kind: 'qwen2', headWidth: 64, hasQkvBias: true, contextLength: 32768 });
  });

  it('reads the config of the original code as that of transformers', () => {
    const [original, published] = [readModel(original15), readModel(published15)];
    expect(original.decoder).toEqual({ ...published.decoder, vocabularySize: 32000 });
    expect(original.vision).toMatchObject({ imageSize: 336, rowsPerTile: 576 });
    expect(readImageProcessor(originalProcessor(original15), { padToSquare: true })).toMatchObject({
      resize: { kind: 'shortest', edge: 336 },
      centerCrop: { height: 336, width: 336 },
      squareColor: [122, 116, 104],
    });
  });

  const refused: readonly (readonly [field: string, config: Readonly<Record<string, unknown>>])[] = [
    ['model_type', { ...published15, model_type: 'qwen2_vl' }],
    ['vision_config.model_type', { ...published15, vision_config: { model_type: 'pixtral' } }],
    ['text_config.model_type', { ...published15, text_config: { model_type: 'gemma' } }],
    ['text_config.hidden_act', { ...published15, text_config: { model_type: 'llama', hidden_act: 'gelu' } }],
    ['text_config.attention_bias', { ...published15, text_config: { model_type: 'llama', attention_bias: true } }],
    ['rotary positions', { ...published15, text_config: { model_type: 'llama', rope_scaling: { rope_type: 'llama3' } } }],
    ['vision_feature_layer', { ...published15, vision_feature_layer: [-2, -5] }],
    ['vision_feature_select_strategy', { ...published15, vision_feature_select_strategy: 'mean' }],
    ['projector_hidden_act', { ...published15, projector_hidden_act: 'relu' }],
    ['vision_aspect_ratio', { model_type: 'llava_onevision', vision_aspect_ratio: 'square' }],
    ['mm_vision_tower', { ...original15, mm_vision_tower: 'eva02' }],
    ['mm_projector_type', { ...original15, mm_projector_type: 'linear' }],
  ];
  it.each(refused)('refuses what it does not know by the field %s', (field, config) => {
    expect(() => readModel(config)).toThrow(
      expect.objectContaining({ code: 'model-unknown', message: expect.stringContaining(field) as string }),
    );
  });

  it.each(['num_hidden_layers', 'hidden_size', 'num_attention_heads', 'head_dim'])(
    'refuses a config that lies about %s at once',
    (field) => {
      for (const value of [2 ** 30, -1, 0.5, '32']) {
        const config = { ...published15, text_config: { ...published15.text_config, [field]: value } };
        expect(() => readModel(config)).toThrow(
          expect.objectContaining({ code: 'file-invalid', message: expect.stringContaining(field) as string }),
        );
      }
    },
  );

  it('refuses an image token that no token of the vocabulary is', () => {
    const config = { ...published15, image_token_index: 1_000_000 };
    expect(() => readModel(config)).toThrow(
      expect.objectContaining({
        code: 'file-invalid',
        message: expect.stringContaining('image_token_index must be below 32064') as string,
      }),
    );
  });

  it('names the families that it knows', () => {
    for (const { name } of families) expect(() => readModel({ model_type: 'blip' })).toThrow(name);
  });
});
