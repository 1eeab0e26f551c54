/** @file The rows of pictures for training: each picture is looked at once, and its rows are kept. */

import { StudioError } from '../../core/error.ts';
import type { Picture } from '../../core/image/picture.ts';
import { float32 } from '../../core/tensor/tensor.ts';
import { sha256 } from '../bundle/verify.ts';
import { look, viewPicture, type PictureView } from '../caption/look.ts';
import type { OpenModel } from '../model.ts';
import type { Session } from '../runtime.ts';
import type { ByteStore, TrainPicture } from './request.ts';

/** What training reads of pictures: rows after the projector, or before it where the projector learns. */
export type FeatureKind = 'rows' | 'tower';

/** Pictures as numbers. */
export interface Features {
  /** Numbers of one row. */
  readonly width: number;
  /** Gives the rows of a picture. @shape [rows, width] */
  rowsOf(picture: number): Promise<Float32Array>;
  /** How many rows each picture has. */
  readonly rowCounts: readonly number[];
}

/** How features are computed. */
export interface FeatureRequest {
  readonly model: OpenModel;
  readonly kind: FeatureKind;
  readonly pictures: readonly TrainPicture[];
  readonly store: ByteStore | null;
  readonly onProgress: (done: number, total: number) => void;
  readonly isCancelled: () => boolean;
}

/** Features that stay in memory although a store has them; beyond, they are read again for each batch. @unit bytes */
const memoryBytes = 512e6;
/** Pictures that are looked at side by side. */
const picturesAtOnce = 8;

/**
 * Computes the features of all pictures that the store does not have.
 *
 * @throws {StudioError} 'picture-invalid' for a picture that cannot be decoded, 'cancelled'
 */
export async function openFeatures(request: FeatureRequest): Promise<Features> {
  const { model, kind, pictures, store, isCancelled } = request;
  const width = kind === 'rows' ? model.model.decoder.hiddenSize : model.model.vision.projector.visionSize;
  const see = await openEye(model, kind);
  const held = new Map<number, Float32Array>();
  const names: string[] = [];
  const rowCounts: number[] = [];
  let heldBytes = 0;
  const keep = (index: number, rows: Float32Array): void => {
    rowCounts[index] = rows.length / width;
    if (store && heldBytes + rows.byteLength > memoryBytes) return;
    held.set(index, rows);
    heldBytes += rows.byteLength;
  };
  const prefix = store ? await featurePrefix(model, kind) : '';
  try {
    for (let first = 0; first < pictures.length; first += picturesAtOnce) {
      if (isCancelled()) throw new StudioError('cancelled', 'looking at the pictures was stopped');
      const group = pictures.slice(first, first + picturesAtOnce).map((picture, i) => ({ picture, index: first + i }));
      const missing: typeof group = [];
      for (const item of group) {
        names[item.index] = store ? `${prefix}-${await item.picture.contentHash()}` : '';
        const known = store ? readRows(await store.read(names[item.index] ?? ''), width) : null;
        if (known) keep(item.index, known);
        else missing.push(item);
      }
      const views = await Promise.all(missing.map(async ({ picture }) => viewPicture(model, await loadPicture(picture))));
      const seen = views.length > 0 ? await see.rowsOf(views) : [];
      for (const [i, { index }] of missing.entries()) {
        const rows = seen[i] ?? new Float32Array(0);
        await store?.write(names[index] ?? '', new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
        keep(index, rows);
      }
      request.onProgress(Math.min(first + picturesAtOnce, pictures.length), pictures.length);
    }
  } finally {
    await see.close();
  }
  return {
    width,
    rowCounts,
    rowsOf: async (index) => {
      const rows = held.get(index) ?? readRows((await store?.read(names[index] ?? '')) ?? null, width);
      if (rows) return rows;
      // What was kept has been removed meanwhile, as a browser may do when room is scarce.
      throw new StudioError('file-missing', `the features of ${pictures[index]?.id ?? ''} are gone; start again, they are computed anew`);
    },
  };
}

function readRows(bytes: Uint8Array | null, width: number): Float32Array | null {
  if (!bytes || bytes.byteLength === 0 || bytes.byteLength % (4 * width) !== 0) return null;
  return new Float32Array(bytes.slice().buffer);
}

async function loadPicture(picture: TrainPicture): Promise<Picture> {
  try {
    return await picture.load();
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    throw new StudioError('picture-invalid', `${picture.id}: cannot be read as a picture`, { cause });
  }
}

/** Names what features depend on beside the picture: the weights, and the rules by which pictures are cut and scaled. */
async function featurePrefix(model: OpenModel, kind: FeatureKind): Promise<string> {
  const { manifest } = model.bundle;
  const text = JSON.stringify([kind, manifest.shards.map(({ sha256: hash }) => hash), model.processor, model.runtime.backend]);
  return (await sha256(new TextEncoder().encode(text))).slice(0, 16);
}

interface Eye {
  rowsOf(views: readonly PictureView[]): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}

async function openEye(model: OpenModel, kind: FeatureKind): Promise<Eye> {
  if (kind === 'tower') return openTower(model);
  return {
    rowsOf: async (views) => {
      const { rows, places } = await look(model, views);
      const all = await model.runtime.download(rows);
      const width = model.model.decoder.hiddenSize;
      const parts = places.map(({ firstRow, rowCount }) => all.slice(firstRow * width, (firstRow + rowCount) * width));
      rows.dispose();
      return parts;
    },
    close: () => Promise.resolve(),
  };
}

async function openTower({ model, runtime, store }: OpenModel): Promise<Eye> {
  if (model.vision.packing !== null) {
    throw new StudioError(
      'argument-invalid',
      `full fine-tuning: ${model.family} packs tiles after the projector, which cannot be trained here; choose LoRA or DoRA`,
    );
  }
  const { imageSize: side } = model.vision;
  const session: Session = await runtime.createSession({ graph: model.vision.graph(store.catalog, { withTower: true }), weights: store });
  return {
    rowsOf: async (views) => {
      const rows: Float32Array[] = [];
      for (const { pixels } of views) {
        const input = runtime.upload(float32([1, 3, side, side], pixels));
        const outputs = await session.run({ pixel_values: input });
        input.dispose();
        const { tower_features: features } = outputs;
        if (!features) throw new StudioError('internal', 'internal: the vision session gave no tower_features');
        rows.push((await runtime.download(features)).slice());
        for (const output of Object.values(outputs)) output.dispose();
      }
      return rows;
    },
    close: () => session.close(),
  };
}
