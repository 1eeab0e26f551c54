/** @file What training reads of pictures: each is looked at once as far as the model is frozen, and what was seen is kept. */

import { StudioError } from '../../../core/error.ts';
import type { Picture } from '../../../core/image/picture.ts';
import type { PictureFeed } from '../../../../models/decoder/train-method.ts';
import { packRows, type RowMix } from '../../../../models/vision/anyres-packing.ts';
import { sha256 } from '../../bundle/verify.ts';
import { viewPicture } from '../../caption/look.ts';
import type { OpenModel } from '../../model.ts';
import { itemWidth, openEye, type SeenPicture } from './look-for-training.ts';
import type { ByteStore, TrainPicture } from '../request.ts';

/** Pictures as numbers. */
export interface Features {
  /** Numbers of one item: a row, or a tile of pixels. */
  readonly width: number;
  /** Rows of the tower that one item comes to: 1, but for tiles of pixels. */
  readonly rowsPerItem: number;
  /** Gives the items of a picture. @shape [items, width] */
  valuesOf(picture: number): Promise<Float32Array>;
  /** How many items each picture has. */
  readonly itemCounts: readonly number[];
  /** How many rows of the decoder each picture takes. */
  readonly rowCounts: readonly number[];
  /** How the items' rows become those rows, where they are packed in the graph that learns. */
  readonly mixes: readonly RowMix[] | null;
}

/** How features are computed. */
export interface FeatureRequest {
  readonly model: OpenModel;
  readonly feed: PictureFeed;
  readonly pictures: readonly TrainPicture[];
  readonly store: ByteStore | null;
  readonly onProgress: (done: number, total: number) => void;
  readonly isCancelled: () => boolean;
}

/** Features that stay in memory although they can be had again; beyond, they are read again for each batch. @unit bytes */
const memoryBytes = 512e6;
/** Pictures that are looked at side by side. */
const picturesAtOnce = 8;

/**
 * Looks at all pictures that the store does not have. Pixels are not kept in it: they are made again from the picture.
 *
 * @throws {StudioError} 'picture-invalid' naming all pictures that cannot be decoded, their names as `ids` in its details; 'cancelled'
 */
export async function openFeatures(request: FeatureRequest): Promise<Features> {
  const { model, feed, pictures, isCancelled } = request;
  const store = feed === 'pixel_values' ? null : request.store;
  const { packing, rowsPerTile } = model.model.vision;
  const { tiling } = model.processor;
  const width = itemWidth(model, feed);
  const rowsPerItem = feed === 'pixel_values' ? rowsPerTile : 1;
  const eye = await openEye(model, feed);
  const held = new Map<number, Float32Array>();
  const names: string[] = [];
  const itemCounts: number[] = [];
  const rowCounts: number[] = [];
  const mixes: RowMix[] | null = packing && tiling && feed !== 'rows' ? [] : null;
  const canReturn = store !== null || feed === 'pixel_values';
  let heldBytes = 0;
  const keep = (index: number, { values, size }: SeenPicture): void => {
    itemCounts[index] = values.length / width;
    rowCounts[index] = (values.length / width) * rowsPerItem;
    if (packing && tiling && mixes) {
      const mix = packRows(size, packing, tiling);
      mixes[index] = mix;
      rowCounts[index] = mix.rowCount;
    }
    if (canReturn && heldBytes + values.byteLength > memoryBytes) return;
    held.set(index, values);
    heldBytes += values.byteLength;
  };
  const viewOf = async (picture: TrainPicture) => viewPicture(model, await loadPicture(picture));
  const unreadable: Unreadable[] = [];
  /** All that cannot be read are told at once, after the others. */
  const viewOrTell = async ({ picture, index }: { readonly picture: TrainPicture; readonly index: number }) => {
    try {
      return { index, view: await viewOf(picture) };
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'picture-invalid')) throw error;
      unreadable.push({ id: picture.id, error });
      return null;
    }
  };
  const prefix = store ? await featurePrefix(model, feed) : '';
  try {
    for (let first = 0; first < pictures.length; first += picturesAtOnce) {
      if (isCancelled()) throw new StudioError('cancelled', 'looking at the pictures was stopped');
      const group = pictures.slice(first, first + picturesAtOnce).map((picture, i) => ({ picture, index: first + i }));
      const missing: typeof group = [];
      for (const item of group) {
        names[item.index] = store ? `${prefix}-${await item.picture.contentHash()}` : '';
        const known = store ? decodeSeen(await store.read(names[item.index] ?? ''), width) : null;
        if (known) keep(item.index, known);
        else missing.push(item);
      }
      const views = (await Promise.all(missing.map(viewOrTell))).filter((one) => one !== null);
      const seen = views.length > 0 ? await eye.see(views.map(({ view }) => view)) : [];
      for (const [i, { index }] of views.entries()) {
        const one = seen[i];
        if (!one) throw new StudioError('internal', 'internal: a picture was not seen');
        await store?.write(names[index] ?? '', encodeSeen(one));
        keep(index, one);
      }
      request.onProgress(Math.min(first + picturesAtOnce, pictures.length), pictures.length);
    }
  } finally {
    await eye.close();
  }
  refuseUnreadable(unreadable);
  return {
    width,
    rowsPerItem,
    itemCounts,
    rowCounts,
    mixes,
    valuesOf: async (index) => {
      const picture = pictures[index];
      const known = held.get(index) ?? decodeSeen((await store?.read(names[index] ?? '')) ?? null, width)?.values;
      if (known) return known;
      if (feed === 'pixel_values' && picture) return (await viewOf(picture)).pixels;
      // What was kept has been removed meanwhile, as a browser may do when room is scarce.
      throw new StudioError('file-missing', `the features of ${picture?.id ?? ''} are gone; start again, they are computed anew`);
    },
  };
}

interface Unreadable {
  readonly id: string;
  readonly error: StudioError;
}

function refuseUnreadable(unreadable: readonly Unreadable[]): void {
  const [first] = unreadable;
  if (!first) return;
  const ids = unreadable.map(({ id }) => id);
  const some = `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}`;
  const message =
    ids.length === 1 ? first.error.message : `${String(ids.length)} pictures cannot be read (${some}); leave them out, or save them anew`;
  throw new StudioError('picture-invalid', message, { cause: first.error, details: { ids } });
}

/** The picture's width and height, then its values. */
function encodeSeen({ values, size }: SeenPicture): Uint8Array {
  const numbers = new Float32Array(2 + values.length);
  numbers.set([size.width, size.height]);
  numbers.set(values, 2);
  return new Uint8Array(numbers.buffer);
}

function decodeSeen(bytes: Uint8Array | null, itemSize: number): SeenPicture | null {
  if (!bytes || bytes.byteLength <= 8 || (bytes.byteLength - 8) % (4 * itemSize) !== 0) return null;
  const numbers = new Float32Array(bytes.slice().buffer);
  const [width = 0, height = 0] = numbers;
  return { values: numbers.subarray(2), size: { width, height } };
}

async function loadPicture(picture: TrainPicture): Promise<Picture> {
  try {
    return await picture.load();
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    throw new StudioError('picture-invalid', `${picture.id}: cannot be read as a picture`, { cause });
  }
}

/** Names what features depend on beside the picture: the weights, the rules by which pictures are cut and scaled, and the form of the file. */
async function featurePrefix(model: OpenModel, feed: PictureFeed): Promise<string> {
  const { manifest } = model.bundle;
  const form = [feed, 'sized'];
  const text = JSON.stringify([form, manifest.shards.map(({ sha256: hash }) => hash), model.processor, model.runtime.backend]);
  return (await sha256(new TextEncoder().encode(text))).slice(0, 16);
}
