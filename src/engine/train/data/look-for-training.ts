/** @file How training looks at a picture: as far as what is frozen of tower, projector and packing goes. */

import { StudioError } from '../../../core/error.ts';
import type { Size } from '../../../core/image/picture.ts';
import { float32 } from '../../../core/tensor/tensor.ts';
import type { PictureFeed } from '../../../../models/decoder/train-method.ts';
import { look, type PictureView } from '../../caption/look.ts';
import type { OpenModel } from '../../model.ts';
import type { Session } from '../../runtime.ts';

/** What of a picture is fed to training. */
export interface SeenPicture {
  /** @shape [items, width]: rows of the decoder, rows of the tower, or tiles of pixels */
  readonly values: Float32Array;
  /** The picture's own size, where it decides how tiles are packed. */
  readonly size: Size;
}

/** Looks at pictures. */
export interface Eye {
  see(views: readonly PictureView[]): Promise<readonly SeenPicture[]>;
  close(): Promise<void>;
}

/** Tells how many numbers one item has. */
export function itemWidth({ model }: Pick<OpenModel, 'model'>, feed: PictureFeed): number {
  const { imageSize, projector } = model.vision;
  return { rows: model.decoder.hiddenSize, tower_features: projector.visionSize, pixel_values: 3 * imageSize * imageSize }[feed];
}

/** Opens what looks at pictures. */
export async function openEye(model: OpenModel, feed: PictureFeed): Promise<Eye> {
  switch (feed) {
    case 'rows':
      return { see: (views) => seeRows(model, views), close: () => Promise.resolve() };
    case 'tower_features':
      return openTower(model);
    case 'pixel_values':
      return {
        see: (views) => Promise.resolve(views.map(({ pixels, size }) => ({ values: pixels, size }))),
        close: () => Promise.resolve(),
      };
    default:
      return feed satisfies never;
  }
}

async function seeRows(model: OpenModel, views: readonly PictureView[]): Promise<readonly SeenPicture[]> {
  const { rows, places } = await look(model, views);
  const all = await model.runtime.download(rows);
  const width = model.model.decoder.hiddenSize;
  const parts = places.map(({ firstRow, rowCount }) => all.slice(firstRow * width, (firstRow + rowCount) * width));
  rows.dispose();
  return views.map(({ size }, i) => ({ values: parts[i] ?? new Float32Array(0), size }));
}

/** Tiles that go through the tower at once. */
const tilesAtOnce = 8;

async function openTower({ model, runtime, store }: OpenModel): Promise<Eye> {
  const { imageSize: side, rowsPerTile, projector } = model.vision;
  const tile = 3 * side * side;
  const session: Session = await runtime.createSession({ graph: model.vision.graph(store.catalog, { withTower: true }), weights: store });
  const run = async (pixels: Float32Array): Promise<Float32Array> => {
    const input = runtime.upload(float32([pixels.length / tile, 3, side, side], pixels));
    const outputs = await session.run({ pixel_values: input });
    input.dispose();
    const { tower_features: features } = outputs;
    if (!features) throw new StudioError('internal', 'internal: the vision session gave no tower_features');
    const values = (await runtime.download(features)).slice();
    for (const output of Object.values(outputs)) output.dispose();
    return values;
  };
  const seeOne = async (pixels: Float32Array): Promise<Float32Array> => {
    const values = new Float32Array((pixels.length / tile) * rowsPerTile * projector.visionSize);
    for (let at = 0, to = 0; at < pixels.length; at += tilesAtOnce * tile) {
      const part = await run(pixels.subarray(at, at + tilesAtOnce * tile));
      values.set(part, to);
      to += part.length;
    }
    return values;
  };
  return {
    see: async (views) => {
      const seen: SeenPicture[] = [];
      for (const { pixels, size } of views) seen.push({ values: await seeOne(pixels), size });
      return seen;
    },
    close: () => session.close(),
  };
}
