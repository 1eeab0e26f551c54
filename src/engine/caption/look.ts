/** @file Looks at pictures: runs tower and projector on their tiles, and packs what comes out into each picture's rows. */

import { StudioError } from '../../core/error.ts';
import type { Picture, Size } from '../../core/image/picture.ts';
import { processPicture } from '../../core/image/processor.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import { joinMixes, packRows, type AnyresPacking, type RowMix } from '../../../models/vision/anyres-packing.ts';
import type { OpenModel } from '../model.ts';
import type { DeviceTensor } from '../runtime.ts';

/** A picture as the tower takes it. */
export interface PictureView {
  /** @shape [T, 3, imageSize, imageSize], T = 1 for models that see one square */
  readonly pixels: Float32Array;
  /** The picture's own size, which says what of the tiles shows it. */
  readonly size: Size;
}

/** The rows of a batch of pictures. */
export interface SeenPictures {
  /** @shape [N, P, E], on the device; dispose of it after the prompts are read */
  readonly rows: DeviceTensor;
  /** Where each picture's rows lie among the N · P. */
  readonly places: readonly RowPlace[];
  /** Where the rows of a learned prompt begin, if there is one. */
  readonly softRow: number;
}

/** One picture's share of the rows. */
export interface RowPlace {
  readonly firstRow: number;
  readonly rowCount: number;
}

/** Tiles that go through the tower at once; more are taken in parts, so that attention over patches stays small. */
const tilesAtOnce = 8;

/** Makes a picture's view by the model's rules. */
export function viewPicture(model: OpenModel, picture: Picture): PictureView {
  const { width, height } = picture;
  return { pixels: processPicture(picture, model.processor).data, size: { width, height } };
}

/** Looks at a batch of pictures; the rows of a learned prompt stand after theirs. */
export async function look(model: OpenModel, views: readonly PictureView[]): Promise<SeenPictures> {
  const { rows, places } = await seePictures(model, views);
  const softRow = (rows.dims[0] ?? 0) * (rows.dims[1] ?? 0);
  return { rows: model.soft ? await model.soft.append(rows) : rows, places, softRow };
}

type PictureRows = Pick<SeenPictures, 'rows' | 'places'>;

async function seePictures(model: OpenModel, views: readonly PictureView[]): Promise<PictureRows> {
  const { packing, rowsPerTile } = model.model.vision;
  const tiles = await seeTiles(
    model,
    views.map(({ pixels }) => pixels),
  );
  if (packing === null) return { rows: tiles, places: views.map((_, i) => ({ firstRow: i * rowsPerTile, rowCount: rowsPerTile })) };
  try {
    return await packTiles(model, packing, views, tiles);
  } finally {
    tiles.dispose();
  }
}

/**
 * Runs tower and projector.
 *
 * @shape → [T, P, E], T tiles of all pictures
 */
async function seeTiles(model: OpenModel, pixels: readonly Float32Array[]): Promise<DeviceTensor> {
  const side = model.model.vision.imageSize;
  const tileSize = 3 * side * side;
  const all = joined(pixels);
  const count = all.length / tileSize;
  if (!Number.isInteger(count)) {
    throw new StudioError(
      'shape-mismatch',
      `look: ${String(all.length)} numbers are no whole tiles of [3, ${String(side)}, ${String(side)}]`,
    );
  }
  if (count <= tilesAtOnce) return seeSome(model, all, count);
  const parts: Float32Array[] = [];
  for (let start = 0; start < count; start += tilesAtOnce) {
    const end = Math.min(start + tilesAtOnce, count);
    const part = await seeSome(model, all.subarray(start * tileSize, end * tileSize), end - start);
    parts.push(await model.runtime.download(part));
    part.dispose();
  }
  return model.runtime.upload(float32([count, model.model.vision.rowsPerTile, model.model.decoder.hiddenSize], joined(parts)));
}

async function seeSome(model: OpenModel, pixels: Float32Array, count: number): Promise<DeviceTensor> {
  const side = model.model.vision.imageSize;
  const input = model.runtime.upload(float32([count, 3, side, side], pixels));
  const { image_features: features } = await model.vision.run({ pixel_values: input });
  input.dispose();
  if (!features) throw new StudioError('internal', 'internal: the vision session gave no image_features');
  return features;
}

async function packTiles(
  model: OpenModel,
  packing: AnyresPacking,
  views: readonly PictureView[],
  tiles: DeviceTensor,
): Promise<PictureRows> {
  const { tiling } = model.processor;
  if (!model.packer || !tiling) throw new StudioError('internal', `internal: ${model.model.family} was opened without a packer`);
  const mixes = views.map(({ size }) => packRows(size, packing, tiling));
  const feeds = mixFeeds(model, views, mixes);
  const { image_features: rows } = await model.packer.run({ tiles, ...feeds });
  for (const feed of Object.values(feeds)) feed.dispose();
  if (!rows) throw new StudioError('internal', 'internal: the packing session gave no image_features');
  let firstRow = 0;
  const places = mixes.map(({ rowCount }) => ({ firstRow: (firstRow += rowCount) - rowCount, rowCount }));
  return { rows, places };
}

function mixFeeds(model: OpenModel, views: readonly PictureView[], mixes: readonly RowMix[]): Record<string, DeviceTensor> {
  const { imageSize, rowsPerTile } = model.model.vision;
  const tileRows = views.map(({ pixels }) => (pixels.length / (3 * imageSize * imageSize)) * rowsPerTile);
  const newline = tileRows.reduce((sum, count) => sum + count, 0);
  const rowCount = mixes.reduce((sum, mix) => sum + mix.rowCount, 0);
  const hosted = joinMixes(mixes, { tileRows, newline, rowCount });
  return Object.fromEntries(Object.entries(hosted).map(([name, tensor]) => [name, model.runtime.upload(tensor)]));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
