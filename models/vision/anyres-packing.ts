/** @file How the features of AnyRes tiles become the rows of one picture: whole view, unpadded grid, a newline after each row. */

import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { add, concat, gather, mul, reshape } from '../../src/core/graph/math.ts';
import { layOutAnyres, type AnyresLayout } from '../../src/core/image/anyres.ts';
import type { Size } from '../../src/core/image/picture.ts';
import type { LayerContext } from '../../src/core/nn/linear.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import { float32, int32, type Tensor } from '../../src/core/tensor/tensor.ts';
import { unknownField } from '../fields.ts';

/** What a family says of its packing. */
export interface AnyresPacking {
  /** `image_grid_pinpoints` of the model's config, before the preprocessor's; undefined where it has none. */
  readonly pinpoints: unknown;
  /** With `anyres_max_N` the N; null where all features are kept. */
  readonly maxTiles: number | null;
  readonly patchesPerSide: number;
}

/** A packed row as a sum of rows of tiles; where there is one corner, the row itself. */
export interface RowMix {
  /** For each packed row an index into the tiles' rows; -1 is the newline. One list a corner. */
  readonly corners: readonly { readonly index: readonly number[]; readonly weight: readonly number[] }[];
  readonly rowCount: number;
}

/** The tensor that stands after each row of patches. */
export const newlineTensor = 'model.image_newline';

/** Counts the corners that a packed row can come from: four where the grid may be scaled. */
export function cornersOf({ maxTiles }: AnyresPacking): number {
  return maxTiles === null ? 1 : 4;
}

/**
 * Tells from which rows of a picture's tiles its packed rows come; tile 0 is the whole view.
 *
 * @source transformers 5.23, pack_image_features of LlavaNextModel and LlavaOnevisionModel
 */
export function packRows(
  picture: Size,
  packing: AnyresPacking,
  tiling: { readonly pinpoints: readonly Size[]; readonly tileSide: number },
): RowMix {
  const side = packing.patchesPerSide;
  const layout = layOutAnyres(picture, { ...tiling, patchesPerSide: side, maxTiles: packing.maxTiles });
  const corners = Array.from({ length: cornersOf(packing) }, () => ({ index: [] as number[], weight: [] as number[] }));
  const push = (at: (corner: number) => readonly [index: number, weight: number]): void => {
    corners.forEach(({ index, weight }, corner) => {
      const [from, share] = at(corner);
      index.push(from);
      weight.push(share);
    });
  };
  const whole = (index: number) => (corner: number) => [index, corner === 0 ? 1 : 0] as const;
  for (let i = 0; i < side * side; i++) push(whole(i));
  for (let y = 0; y < layout.packed.height; y++) {
    const down = between(y, layout.kept.height, layout.packed.height);
    for (let x = 0; x < layout.packed.width; x++) {
      const right = between(x, layout.kept.width, layout.packed.width);
      push((corner) => {
        const [row, high] = corner < 2 ? [down.from, 1 - down.share] : [down.to, down.share];
        const [column, wide] = corner % 2 === 0 ? [right.from, 1 - right.share] : [right.to, right.share];
        return [patchIndex(layout, side, row + layout.kept.top, column + layout.kept.left), high * wide];
      });
    }
    push(whole(-1));
  }
  return { corners, rowCount: layout.tokens };
}

/** Where a patch of the grid lies among the rows of all tiles. */
function patchIndex({ tiles }: AnyresLayout, side: number, row: number, column: number): number {
  const tile = 1 + Math.floor(row / side) * tiles.width + Math.floor(column / side);
  return (tile * side + (row % side)) * side + (column % side);
}

/** Bilinear with half-pixel centres: two places and the share of the second. @source torch interpolate, align_corners False, no antialias */
function between(place: number, from: number, to: number): { readonly from: number; readonly to: number; readonly share: number } {
  if (from === to) return { from: place, to: place, share: 0 };
  const at = Math.max(((place + 0.5) * from) / to - 0.5, 0);
  const low = Math.min(Math.floor(at), from - 1);
  return { from: low, to: Math.min(low + 1, from - 1), share: at - low };
}

/** Rows and their shares in a graph, one pair a corner. @shape index int32 [R], weight [R] */
export type MixValues = readonly { readonly index: Value; readonly weight: Value }[];

/** Declares for each corner c the inputs `index_c` and `weight_c`, in which -1 has become the row after all tiles. */
export function mixInputs(g: GraphBuilder, packing: AnyresPacking, rowCount: number | string): MixValues {
  return Array.from({ length: cornersOf(packing) }, (_, c) => ({
    index: g.input(`index_${String(c)}`, 'int32', [rowCount]),
    weight: g.input(`weight_${String(c)}`, 'float32', [rowCount]),
  }));
}

/**
 * Packs rows of tiles, with the newline where one is meant.
 *
 * @shape tiles [T · P, E] → [R, E]
 */
export function mixRows(
  { g }: Pick<LayerContext, 'g'>,
  tiles: Value,
  { hiddenSize, mix }: { readonly hiddenSize: number; readonly mix: MixValues },
): Value {
  const newline = reshape(g, g.weight(newlineTensor, 'float32', [hiddenSize]), [1, hiddenSize]);
  const count = tiles.shape[0] ?? 1;
  const all = typeof count === 'number' ? concat(g, [tiles, newline], 0) : concat(g, [tiles, newline], 0, `${count}+1`);
  const parts = mix.map(({ index, weight }) => mul(g, gather(g, all, index), reshape(g, weight, [weight.shape[0] ?? 1, 1])));
  return parts.reduce((sum, part) => add(g, sum, part));
}

/** Builds the graph that packs a batch: `tiles` [T, P, E] and the inputs of `mixInputs` → `image_features` [1, R, E]. */
export function packingGraph(packing: AnyresPacking, hiddenSize: number, catalog: WeightCatalog): Graph {
  catalog.format(newlineTensor); // a checkpoint without one is refused here by name
  const g = new GraphBuilder('packing');
  const tiles = reshape(g, g.input('tiles', 'float32', ['T', 'P', hiddenSize]), ['T*P', hiddenSize]);
  const rows = mixRows({ g }, tiles, { hiddenSize, mix: mixInputs(g, packing, 'R') });
  return g.finish({ image_features: reshape(g, rows, [1, 'R', hiddenSize]) });
}

/**
 * Joins the mixes of pictures whose tiles lie one after the other, as the inputs of `mixInputs`.
 *
 * @param places how many tile rows each picture has, where the newline lies, and how many rows come out: those beyond the pictures' are zero
 */
export function joinMixes(
  mixes: readonly RowMix[],
  { tileRows, newline, rowCount }: { readonly tileRows: readonly number[]; readonly newline: number; readonly rowCount: number },
): Readonly<Record<string, Tensor>> {
  const joined: Record<string, Tensor> = {};
  for (const c of mixes[0]?.corners.keys() ?? []) {
    const index = new Int32Array(rowCount);
    const weight = new Float32Array(rowCount);
    let [at, first] = [0, 0];
    mixes.forEach(({ corners }, i) => {
      corners[c]?.index.forEach((row, k) => (index[at + k] = row < 0 ? newline : first + row));
      weight.set(corners[c]?.weight ?? [], at);
      at += corners[c]?.index.length ?? 0;
      first += tileRows[i] ?? 0;
    });
    joined[`index_${String(c)}`] = int32([rowCount], index);
    joined[`weight_${String(c)}`] = float32([rowCount], weight);
  }
  return joined;
}

/**
 * Reads `anyres_max_N` of a config's `vision_aspect_ratio`.
 *
 * @throws {StudioError} 'model-unknown' for another rule
 */
export function readMaxTiles(aspectRatio: unknown): number | null {
  if (aspectRatio === 'anyres') return null;
  const digits = typeof aspectRatio === 'string' ? /^anyres_max_(\d{1,3})$/.exec(aspectRatio)?.[1] : undefined;
  if (digits === undefined || Number(digits) < 1) {
    throw unknownField('vision_aspect_ratio', aspectRatio, ['anyres', 'anyres_max_N']);
  }
  return Number(digits);
}
