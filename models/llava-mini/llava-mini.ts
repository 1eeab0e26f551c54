/** @file The embedded default: EfficientNet-Lite2, MLP projector, Llama-shaped decoder. */

import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { StudioError } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { readDecoderConfig } from '../decoder/read-config.ts';
import type { Family, LlavaModel } from '../family.ts';
import { readFlag, readList, readObject, readSize, type ConfigObject } from '../fields.ts';
import { projector, readProjector, type ProjectorConfig } from '../projector/mlp.ts';
import { efficientNetLite, type EfficientNetBlock, type EfficientNetLiteConfig } from '../vision/efficientnet-lite.ts';

/** The sizes by which EfficientNet shrinks a side from picture to rows. */
const totalStride = 32;

function readTower(config: ConfigObject): EfficientNetLiteConfig {
  const vision = readObject(config, 'vision_config');
  const blocks = readList(vision, 'blocks').map((item): EfficientNetBlock => {
    const block = readObject({ block: item }, 'block');
    return {
      expand: readSize(block, 'expand'),
      kernel: readSize(block, 'kernel'),
      stride: readSize(block, 'stride'),
      inputs: readSize(block, 'inputs'),
      outputs: readSize(block, 'outputs'),
      residual: readFlag(block, 'residual', false),
    };
  });
  if (vision['padding'] !== 'same_upper' || vision['hidden_act'] !== 'relu6') {
    throw new StudioError(
      'model-unknown',
      `config: vision_config has padding ${String(vision['padding'])} and ${String(vision['hidden_act'])}; known are same_upper and relu6`,
    );
  }
  return {
    imageSize: readSize(vision, 'image_size'),
    stemChannels: readSize(vision, 'stem_channels'),
    headChannels: readSize(vision, 'head_channels'),
    blocks,
  };
}

function visionGraph(tower: EfficientNetLiteConfig, sizes: ProjectorConfig, catalog: WeightCatalog, withTower: boolean): Graph {
  const g = new GraphBuilder('vision');
  const pixels = g.input('pixel_values', 'float32', ['B', 3, tower.imageSize, tower.imageSize]);
  const features = efficientNetLite(g, tower, pixels); // [B, P, visionSize]
  const rows = projector({ g, catalog, adapter: nullAdapter }, sizes, features); // [B, P, E]
  return g.finish({ image_features: rows, ...(withTower ? { tower_features: features } : {}) });
}

/** Our own small model. */
export const llavaMini: Family = {
  name: 'llava-mini',
  matches: (config) => config['model_type'] === 'llava' && readObject(config, 'vision_config', true)['model_type'] === 'efficientnet-lite',
  read: (config): LlavaModel => {
    const tower = readTower(config);
    const decoder = readDecoderConfig(config);
    const sizes = readProjector(config, { visionSize: tower.headChannels, hiddenSize: decoder.hiddenSize });
    return {
      family: 'llava-mini',
      decoder,
      imageTokenId: readSize(config, 'image_token_index'),
      vision: {
        imageSize: tower.imageSize,
        projector: sizes,
        packing: null,
        rowsPerTile: Math.ceil(tower.imageSize / totalStride) ** 2,
        features: ({ g }, pixels) => efficientNetLite(g, tower, pixels),
        graph: (catalog, options) => visionGraph(tower, sizes, catalog, options?.withTower ?? false),
      },
    };
  },
};
