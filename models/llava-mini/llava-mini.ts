/** @file The embedded default: EfficientNet-Lite2, MLP projector, Llama-shaped decoder. */

import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { readDecoderConfig } from '../decoder/read-config.ts';
import type { Family, LlavaModel } from '../family.ts';
import {
  invalidField,
  mostSizes,
  readFlag,
  readList,
  readObject,
  readSize,
  readTokenId,
  unknownField,
  type ConfigObject,
} from '../fields.ts';
import { projector, readProjector, type ProjectorConfig } from '../projector/mlp.ts';
import { efficientNetLite, type EfficientNetBlock, type EfficientNetLiteConfig } from '../vision/efficientnet-lite.ts';

/** The sizes by which EfficientNet shrinks a side from picture to rows. */
const totalStride = 32;
/** The stem's share of it. */
const stemStride = 2;

/** More than any tower of this kind has. */
const most = { blocks: 256, channels: 2 ** 14, expand: 64, kernel: 31, stride: 2 } as const;

function readTower(config: ConfigObject): EfficientNetLiteConfig {
  const vision = readObject(config, 'vision_config');
  for (const [field, known] of [
    ['padding', 'same_upper'],
    ['hidden_act', 'relu6'],
  ] as const) {
    if (vision[field] !== known) throw unknownField(`vision_config.${field}`, vision[field], [known]);
  }
  const stemChannels = readSize(config, 'vision_config.stem_channels', { most: most.channels });
  const blocks = readList(config, 'vision_config.blocks', most.blocks).map((_, i) =>
    readBlock(config, `vision_config.blocks.${String(i)}`),
  );
  blocks.forEach((block, i) => checkBlock(block, `vision_config.blocks.${String(i)}`, blocks[i - 1]?.outputs ?? stemChannels));
  const shrinking = blocks.reduce((product, { stride }) => product * stride, stemStride);
  if (shrinking !== totalStride) {
    throw invalidField('vision_config.blocks', `of strides that shrink a side ${String(totalStride)} times in all`, shrinking);
  }
  return {
    imageSize: readSize(config, 'vision_config.image_size', { most: mostSizes.pixels }),
    stemChannels,
    headChannels: readSize(config, 'vision_config.head_channels', { most: most.channels }),
    blocks,
  };
}

function readBlock(config: ConfigObject, field: string): EfficientNetBlock {
  readObject(config, field);
  const size = (name: keyof EfficientNetBlock, largest: number): number => readSize(config, `${field}.${name}`, { most: largest });
  return {
    expand: size('expand', most.expand),
    kernel: size('kernel', most.kernel),
    stride: size('stride', most.stride),
    inputs: size('inputs', most.channels),
    outputs: size('outputs', most.channels),
    residual: readFlag(config, `${field}.residual`, false),
  };
}

function checkBlock({ inputs, outputs, stride, residual }: EfficientNetBlock, field: string, given: number): void {
  if (inputs !== given) throw invalidField(`${field}.inputs`, `${String(given)}, what comes out before it`, inputs);
  if (residual && (stride !== 1 || inputs !== outputs)) throw invalidField(`${field}.residual`, 'false where a block changes sizes', true);
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
      imageTokenId: readTokenId(config, 'image_token_index', { vocabularySize: decoder.vocabularySize }),
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
