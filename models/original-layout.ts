/** @file Configs of the original LLaVA code, told in transformers' words. */

import { StudioError } from '../src/core/error.ts';
import { readObject, unknownField, type ConfigObject } from './fields.ts';
import { clipDefaults, siglipDefaults } from './vision/read-tower.ts';

/** The towers that published checkpoints name, by the end of the name. */
const towers: Readonly<Record<string, ConfigObject>> = {
  'clip-vit-large-patch14-336': clipDefaults.visionConfig,
  'clip-vit-large-patch14': { ...clipDefaults.visionConfig, image_size: 224 },
  'siglip-so400m-patch14-384': { ...siglipDefaults.visionConfig, num_hidden_layers: 27 },
};

/** Tells whether a config was written by the original code: it names its tower instead of describing it. */
export function isOriginalConfig(config: ConfigObject): boolean {
  return config['mm_vision_tower'] !== undefined;
}

/**
 * Gives the config that transformers would have.
 *
 * @throws {StudioError} 'model-unknown' naming the field that is out of what is known
 * @source haotian-liu/LLaVA 1.2, llava/model/llava_arch.py
 */
export function fromOriginalConfig(config: ConfigObject): ConfigObject {
  const tower = config['mm_vision_tower'];
  const name = typeof tower === 'string' ? (tower.split('/').at(-1) ?? '') : '';
  // A config that describes its tower as well is believed; the published ones only name it.
  const vision = config['vision_config'] === undefined ? published(name) : readObject(config, 'vision_config');
  if (!vision) throw unknownField('mm_vision_tower', tower, Object.keys(towers));
  const projector = config['mm_projector_type'];
  if (projector !== 'mlp2x_gelu') throw unknownField('mm_projector_type', projector, ['mlp2x_gelu']);
  const aspect = config['image_aspect_ratio'] ?? 'square';
  const isTiled = typeof aspect === 'string' && aspect.startsWith('anyres');
  if (isTiled && aspect !== 'anyres') throw unknownField('image_aspect_ratio', aspect, ['square', 'pad', 'anyres']);
  if (isTiled && config['mm_patch_merge_type'] !== 'spatial_unpad') {
    throw unknownField('mm_patch_merge_type', config['mm_patch_merge_type'], ['spatial_unpad']);
  }
  return {
    model_type: isTiled ? 'llava_next' : 'llava',
    text_config: { ...config, model_type: textModelType(config['model_type']) },
    vision_config: vision,
    vision_feature_layer: config['mm_vision_select_layer'] ?? -2,
    vision_feature_select_strategy: name.startsWith('siglip') || config['mm_vision_select_feature'] === 'cls_patch' ? 'full' : 'default',
    image_grid_pinpoints: config['image_grid_pinpoints'],
    // The picture's place has no id in these tokenizers; its rows stand for themselves, whatever the id.
    image_token_index: 0,
    tie_word_embeddings: config['tie_word_embeddings'] ?? false,
  };
}

/** Names of transformers, and what stands in the original's config for them; its decoder's fields stand at the top. */
const originalNames: readonly (readonly [name: string, original: string])[] = [
  ['text_config.', ''],
  ['vision_feature_layer', 'mm_vision_select_layer'],
  ['vision_feature_select_strategy', 'mm_vision_select_feature'],
];

/** Tells an error of a told config in the words of the file that it was told from. */
export function inOriginalWords(error: unknown): unknown {
  if (!(error instanceof StudioError)) return error;
  const { code, details, cause } = error;
  const original = (text: string): string => originalNames.reduce((told, [name, own]) => told.replaceAll(name, own), text);
  const field = typeof details['field'] === 'string' ? { field: original(details['field']) } : {};
  return new StudioError(code, original(error.message), { cause, details: { ...details, ...field } });
}

function published(name: string): ConfigObject | undefined {
  return Object.hasOwn(towers, name) ? towers[name] : undefined;
}

/**
 * Gives the picture rules of the tower that a config names, as its own repository has them.
 *
 * @source openai/clip-vit-large-patch14-336 and google/siglip-so400m-patch14-384, preprocessor_config.json
 */
export function originalProcessor(config: ConfigObject): ConfigObject {
  const told = fromOriginalConfig(config);
  const { image_size: side, model_type: kind } = readObject(told, 'vision_config');
  const isTiled = told['model_type'] === 'llava_next';
  if (kind === 'clip_vision_model') {
    return {
      image_processor_type: isTiled ? 'LlavaNextImageProcessor' : 'CLIPImageProcessor',
      size: { shortest_edge: side },
      do_center_crop: true,
      crop_size: { height: side, width: side },
      image_mean: [0.48145466, 0.4578275, 0.40821073],
      image_std: [0.26862954, 0.26130258, 0.27577711],
    };
  }
  return {
    image_processor_type: isTiled ? 'LlavaNextImageProcessor' : 'SiglipImageProcessor',
    size: { height: side, width: side },
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
}

function textModelType(modelType: unknown): string {
  switch (modelType) {
    case 'llava':
    case 'llava_llama':
      return 'llama';
    case 'llava_mistral':
      return 'mistral';
    case 'llava_qwen':
      return 'qwen2';
    default:
      throw unknownField('model_type', modelType, ['llava', 'llava_llama', 'llava_mistral', 'llava_qwen']);
  }
}
