/** @file Reads a vision_config of CLIP's or SigLIP's kind, and which of its features a LLaVA takes. */

import { invalidField, mostSizes, readObject, readPositive, readSize, unknownField, type ConfigObject } from '../fields.ts';
import { towerActivations, type TowerActivation, type TransformerTowerConfig } from './transformer.ts';

/** What transformers assumes where a published config is silent. @source transformers 5.23 CLIPVisionConfig, SiglipVisionConfig */
const classDefaults = {
  clip: { patch_size: 32, hidden_act: 'quick_gelu', layer_norm_eps: 1e-5 },
  siglip: { patch_size: 16, hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6 },
} as const;

/** The same for both kinds. */
const absentSizes = { hidden_size: 768, intermediate_size: 3072, image_size: 224, num_hidden_layers: 12, num_attention_heads: 12 } as const;

/** What a family assumes of its tower. */
export interface TowerDefaults {
  /** The vision_config of a config that has none. */
  readonly visionConfig: ConfigObject;
  readonly featureLayer: number;
  readonly selectStrategy: 'default' | 'full';
}

/** CLIP ViT-L/14 at 336 pixels, last block but one, without the class token. @source transformers 5.23 LlavaConfig, LlavaNextConfig */
export const clipDefaults: TowerDefaults = {
  visionConfig: {
    model_type: 'clip_vision_model',
    hidden_size: 1024,
    intermediate_size: 4096,
    patch_size: 14,
    image_size: 336,
    num_hidden_layers: 24,
    num_attention_heads: 16,
  },
  featureLayer: -2,
  selectStrategy: 'default',
};

/** SigLIP-SO400M/14 at 384 pixels without its last block. @source vision_config of the published llava-onevision checkpoints */
export const siglipDefaults: TowerDefaults = {
  visionConfig: {
    model_type: 'siglip_vision_model',
    hidden_size: 1152,
    intermediate_size: 4304,
    patch_size: 14,
    image_size: 384,
    num_hidden_layers: 26,
    num_attention_heads: 16,
  },
  featureLayer: -1,
  selectStrategy: 'full',
};

/** Gives the kind of tower that a config's `model_type` names, or null where it is none of these. */
export function towerKind(config: ConfigObject, defaults: TowerDefaults): TransformerTowerConfig['kind'] | null {
  const type = readObject(described(config, defaults), 'vision_config')['model_type'] ?? defaults.visionConfig['model_type'];
  if (type === 'clip_vision_model' || type === 'clip') return 'clip';
  return type === 'siglip_vision_model' || type === 'siglip' ? 'siglip' : null;
}

/**
 * Reads the tower's sizes.
 *
 * @throws {StudioError} 'model-unknown' naming the field that is out of what is known, 'file-invalid' for sizes that do not go together
 */
export function readTower(given: ConfigObject, defaults: TowerDefaults): TransformerTowerConfig {
  const config = described(given, defaults);
  const vision = readObject(config, 'vision_config');
  const kind = towerKind(config, defaults);
  if (kind === null) throw unknownField('vision_config.model_type', vision['model_type'], ['clip_vision_model', 'siglip_vision_model']);
  const absent = classDefaults[kind];
  const size = (field: keyof typeof absentSizes, most: number): number =>
    readSize(config, `vision_config.${field}`, { absent: absentSizes[field], most });
  const [hiddenSize, heads] = [size('hidden_size', mostSizes.width), size('num_attention_heads', mostSizes.heads)];
  if (hiddenSize % heads !== 0) throw invalidField('vision_config.hidden_size', `a multiple of the ${String(heads)} heads`, hiddenSize);
  const imageSize = size('image_size', mostSizes.pixels);
  return {
    kind,
    imageSize,
    patchSize: readSize(config, 'vision_config.patch_size', { absent: absent.patch_size, most: imageSize }),
    hiddenSize,
    feedForwardSize: size('intermediate_size', mostSizes.feedForward),
    heads,
    layers: layersUpTo(given['vision_feature_layer'] ?? defaults.featureLayer, size('num_hidden_layers', mostSizes.layers)),
    normEpsilon: readPositive(config, 'vision_config.layer_norm_eps', { absent: absent.layer_norm_eps, most: 1 }),
    activation: readActivation(vision['hidden_act'] ?? absent.hidden_act),
    dropsFirst: readStrategy(given['vision_feature_select_strategy'] ?? defaults.selectStrategy),
  };
}

/** Gives the config with a vision_config, the family's where it has none. */
function described(config: ConfigObject, { visionConfig }: TowerDefaults): ConfigObject {
  return { ...config, vision_config: config['vision_config'] ?? visionConfig };
}

/** How many blocks run for the hidden state of an index; index 0 is what goes into the first, negative ones count from the end. */
function layersUpTo(index: unknown, layers: number): number {
  if (typeof index !== 'number' || !Number.isInteger(index)) throw unknownField('vision_feature_layer', index, ['one whole number']);
  const count = index < 0 ? layers + 1 + index : index;
  if (count >= 0 && count <= layers) return count;
  throw invalidField(
    'vision_feature_layer',
    `from ${String(-layers - 1)} to ${String(layers)}, as the tower has ${String(layers)} layers`,
    index,
  );
}

function readActivation(value: unknown): TowerActivation {
  const known = towerActivations.find((activation) => activation === value);
  if (!known) throw unknownField('vision_config.hidden_act', value, towerActivations);
  return known;
}

function readStrategy(value: unknown): boolean {
  if (value !== 'default' && value !== 'full') throw unknownField('vision_feature_select_strategy', value, ['default', 'full']);
  return value === 'default';
}
