/** @file The rows of pictures in a training graph: as they are fed, or through what of tower, projector and packing learns. */

import type { Value } from '../../src/core/graph/graph.ts';
import { reshape } from '../../src/core/graph/math.ts';
import type { LlavaModel } from '../family.ts';
import { projector } from '../projector/mlp.ts';
import { mixInputs, mixRows } from '../vision/anyres-packing.ts';
import type { DecoderContext } from './layer.ts';
import type { BatchSizes } from './train-batch.ts';
import { pictureFeed, type TrainingMethod } from './train-method.ts';

/** What decides how pictures come in. */
export interface PicturePlan {
  readonly method: TrainingMethod;
  readonly sizes: BatchSizes;
}

/**
 * Adds what makes rows of pictures to a graph. Input: what `pictureFeed` names, as `rows` [N, P, E], `tower_features` [N, P, visionSize] or `pixel_values`
 * [N, 3, side, side]; for models that pack tiles the latter two also take those of `mixInputs`.
 *
 * @shape → [R, E], R = N · P, or as many as packing makes of them
 */
export function pictureRows(context: DecoderContext, { vision }: LlavaModel, { method, sizes }: PicturePlan): Value {
  const { g, config } = context;
  const { pictures, rowsPerPicture, packedRows } = sizes;
  const feed = pictureFeed(method);
  const flat = (rows: Value): Value => reshape(g, rows, [pictures * rowsPerPicture, config.hiddenSize]);
  if (feed === 'rows') return flat(g.input(feed, 'float32', [pictures, rowsPerPicture, config.hiddenSize]));
  const { imageSize: side, projector: projection, packing } = vision;
  const features =
    feed === 'tower_features'
      ? g.input(feed, 'float32', [pictures, rowsPerPicture, projection.visionSize])
      : vision.features(context, g.input(feed, 'float32', [pictures, 3, side, side]));
  const rows = flat(projector(context, projection, features));
  if (packing === null) return rows;
  return mixRows(context, rows, { hiddenSize: config.hiddenSize, mix: mixInputs(g, packing, packedRows ?? pictures * rowsPerPicture) });
}
