/** @file How the features of AnyRes tiles become the rows of one picture: whole view, unpadded grid, a newline after each row. */

import { StudioError } from '../../src/core/error.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { add, concat, gather, mul, reshape } from '../../src/core/graph/math.ts';
import { layOutAnyres, type AnyresLayout } from '../../src/core/image/anyres.ts';
import type { Size } from '../../src/core/image/picture.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';

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

/**
 * Builds the graph that packs a batch: `tiles` [T, P, E] and for each corner c `index_c` int32 [R] and `weight_c` [R] → `image_features` [1, R, E].
 * The newline is row T · P.
 */
export function packingGraph(packing: AnyresPacking, hiddenSize: number, catalog: WeightCatalog): Graph {
  catalog.format(newlineTensor); // a checkpoint without one is refused here by name
  const g = new GraphBuilder('packing');
  const tiles = reshape(g, g.input('tiles', 'float32', ['T', 'P', hiddenSize]), ['T*P', hiddenSize]);
  const newline = reshape(g, g.weight(newlineTensor, 'float32', [hiddenSize]), [1, hiddenSize]);
  const all = concat(g, [tiles, newline], 0, 'T*P+1');
  const corner = (c: number): Value => {
    const rows = gather(g, all, g.input(`index_${String(c)}`, 'int32', ['R'])); // [R, E]
    return mul(g, rows, reshape(g, g.input(`weight_${String(c)}`, 'float32', ['R']), ['R', 1]));
  };
  let sum = corner(0);
  for (let c = 1; c < cornersOf(packing); c++) sum = add(g, sum, corner(c));
  return g.finish({ image_features: reshape(g, sum, [1, 'R', hiddenSize]) });
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
    throw new StudioError(
      'model-unknown',
      `config: vision_aspect_ratio is ${JSON.stringify(aspectRatio ?? null)}; known here: anyres, anyres_max_N`,
    );
  }
  return Number(digits);
}
