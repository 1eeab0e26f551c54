/** @file Reads a vision_config of CLIP's or SigLIP's kind, and which of its features a LLaVA takes. */

import { StudioError } from '../../src/core/error.ts';
import { mostSizes, readNumber, readObject, readSize, type ConfigObject } from '../fields.ts';
import { towerActivations, type TowerActivation, type TransformerTowerConfig } from './transformer.ts';

/** What transformers assumes where a published config is silent. @source transformers 5.23 CLIPVisionConfig, SiglipVisionConfig */
const classDefaults = {
  clip: { patch_size: 32, hidden_act: 'quick_gelu', layer_norm_eps: 1e-5 },
  siglip: { patch_size: 16, hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6 },
} as const;

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
  const vision = readObject({ vision_config: config['vision_config'] ?? defaults.visionConfig }, 'vision_config');
  const type = vision['model_type'] ?? defaults.visionConfig['model_type'];
  if (type === 'clip_vision_model' || type === 'clip') return 'clip';
  return type === 'siglip_vision_model' || type === 'siglip' ? 'siglip' : null;
}

/**
 * Reads the tower's sizes.
 *
 * @throws {StudioError} 'model-unknown' naming the field that is out of what is known, 'file-invalid' for sizes that do not go together
 */
export function readTower(config: ConfigObject, defaults: TowerDefaults): TransformerTowerConfig {
  const vision = readObject({ vision_config: config['vision_config'] ?? defaults.visionConfig }, 'vision_config');
  const kind = towerKind(config, defaults);
  if (kind === null) throw unknown('vision_config.model_type', vision['model_type'], ['clip_vision_model', 'siglip_vision_model']);
  const absent = classDefaults[kind];
  const [hiddenSize, heads] = [
    readSize(vision, 'hidden_size', 768, mostSizes.width),
    readSize(vision, 'num_attention_heads', 12, mostSizes.heads),
  ];
  if (hiddenSize % heads !== 0) {
    throw new StudioError(
      'file-invalid',
      `config: vision_config.hidden_size ${String(hiddenSize)} cannot be shared by ${String(heads)} heads`,
    );
  }
  return {
    kind,
    imageSize: readSize(vision, 'image_size', 224, mostSizes.pixels),
    patchSize: readSize(vision, 'patch_size', absent.patch_size),
    hiddenSize,
    feedForwardSize: readSize(vision, 'intermediate_size', 3072),
    heads,
    layers: layersUpTo(
      config['vision_feature_layer'] ?? defaults.featureLayer,
      readSize(vision, 'num_hidden_layers', 12, mostSizes.layers),
    ),
    normEpsilon: readNumber(vision, 'layer_norm_eps', absent.layer_norm_eps),
    activation: readActivation(vision['hidden_act'] ?? absent.hidden_act),
    dropsFirst: readStrategy(config['vision_feature_select_strategy'] ?? defaults.selectStrategy),
  };
}

/** How many blocks run for the hidden state of an index; index 0 is what goes into the first, negative ones count from the end. */
function layersUpTo(index: unknown, layers: number): number {
  if (typeof index !== 'number' || !Number.isInteger(index)) throw unknown('vision_feature_layer', index, ['one whole number']);
  const count = index < 0 ? layers + 1 + index : index;
  if (count < 0 || count > layers) {
    throw new StudioError('file-invalid', `config: vision_feature_layer ${String(index)} is not one of the tower's ${String(layers)}`);
  }
  return count;
}

function readActivation(value: unknown): TowerActivation {
  const known = towerActivations.find((activation) => activation === value);
  if (!known) throw unknown('vision_config.hidden_act', value, towerActivations);
  return known;
}

function readStrategy(value: unknown): boolean {
  if (value !== 'default' && value !== 'full') throw unknown('vision_feature_select_strategy', value, ['default', 'full']);
  return value === 'default';
}

function unknown(field: string, value: unknown, known: readonly string[]): StudioError {
  return new StudioError('model-unknown', `config: ${field} is ${JSON.stringify(value ?? null)}; known here: ${known.join(', ')}`);
}
