/** @file EfficientNet-Lite as a vision tower: convolutions with folded batch norm, ReLU6, TensorFlow's SAME padding. */

import type { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { int, ints, text } from '../../src/core/graph/attribute.ts';
import { add, reshape, transpose } from '../../src/core/graph/math.ts';

/** One inverted bottleneck. */
export interface EfficientNetBlock {
  readonly expand: number;
  readonly kernel: number;
  readonly stride: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly residual: boolean;
}

/** Sizes of the tower. */
export interface EfficientNetLiteConfig {
  readonly imageSize: number;
  readonly stemChannels: number;
  readonly headChannels: number;
  readonly blocks: readonly EfficientNetBlock[];
}

const prefix = 'model.vision_tower';

interface ConvSpec {
  readonly module: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly isDepthwise?: boolean;
  readonly isLinear?: boolean;
}

/**
 * Applies the tower; rows run left to right, then down.
 *
 * @shape pixels [B, 3, imageSize, imageSize] → [B, P, headChannels], P = (imageSize / 32)²
 * @source Tan & Le 2019, arxiv.org/abs/1905.11946, in the Lite form without squeeze-and-excitation
 */
export function efficientNetLite(g: GraphBuilder, config: EfficientNetLiteConfig, pixels: Value): Value {
  let x = conv(g, { module: 'stem', inputs: 3, outputs: config.stemChannels, kernel: 3, stride: 2 }, pixels);
  config.blocks.forEach((block, i) => {
    x = bottleneck(g, `blocks.${String(i)}`, block, x);
  });
  const head = conv(g, { module: 'head', inputs: config.blocks.at(-1)?.outputs ?? 0, outputs: config.headChannels }, x);
  const patches = Number(head.shape[2]) * Number(head.shape[3]);
  return transpose(g, reshape(g, head, [head.shape[0] ?? 1, config.headChannels, patches]), [0, 2, 1]);
}

function bottleneck(g: GraphBuilder, module: string, block: EfficientNetBlock, x: Value): Value {
  const width = block.inputs * block.expand;
  const expanded = block.expand === 1 ? x : conv(g, { module: `${module}.expand`, inputs: block.inputs, outputs: width }, x);
  const spread = conv(
    g,
    { module: `${module}.depthwise`, inputs: width, outputs: width, kernel: block.kernel, stride: block.stride, isDepthwise: true },
    expanded,
  );
  const y = conv(g, { module: `${module}.project`, inputs: width, outputs: block.outputs, isLinear: true }, spread);
  return block.residual ? add(g, x, y) : y;
}

function conv(g: GraphBuilder, spec: ConvSpec, x: Value): Value {
  const kernel = spec.kernel ?? 1;
  const stride = spec.stride ?? 1;
  const shape = [spec.outputs, spec.isDepthwise ? 1 : spec.inputs, kernel, kernel];
  const weight = g.weight(`${prefix}.${spec.module}.weight`, 'float32', shape);
  const bias = g.weight(`${prefix}.${spec.module}.bias`, 'float32', [spec.outputs]);
  const attributes = {
    kernel_shape: ints([kernel, kernel]),
    strides: ints([stride, stride]),
    group: int(spec.isDepthwise ? spec.inputs : 1),
    auto_pad: text('SAME_UPPER'), // the odd pixel goes to the end, as in TensorFlow
  };
  const y = g.add('Conv', [x, weight, bias], { attributes });
  return spec.isLinear ? y : g.add('Clip', [y, g.scalar(0), g.scalar(6)]);
}
