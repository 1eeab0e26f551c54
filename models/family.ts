/** @file The contract of a model family: what one folder under models/ must tell of a checkpoint. */

import type { Graph, Value } from '../src/core/graph/graph.ts';
import type { LayerContext } from '../src/core/nn/linear.ts';
import type { WeightCatalog } from '../src/core/nn/weights.ts';
import type { DecoderConfig } from './decoder/config.ts';
import type { ProjectorConfig } from './projector/mlp.ts';
import type { AnyresPacking } from './vision/anyres-packing.ts';

/** A model as read from a checkpoint's config: sizes, and the graphs that they give. */
export interface LlavaModel {
  readonly family: string;
  readonly decoder: DecoderConfig;
  /** The id whose embeddings the picture replaces. */
  readonly imageTokenId: number;
  readonly vision: VisionModel;
}

/** The part of a model that looks. */
export interface VisionModel {
  /** Side of the square that the tower sees. @unit pixels */
  readonly imageSize: number;
  /** Rows that one square gives. */
  readonly rowsPerTile: number;
  /** Sizes of the projector, which full fine-tuning trains too. */
  readonly projector: ProjectorConfig;
  /** How the tiles of a picture become its rows; null where a picture is one tile. */
  readonly packing: AnyresPacking | null;
  /** Adds the tower to a graph. @shape pixels [B, 3, imageSize, imageSize] → [B, rowsPerTile, visionSize] */
  features(context: LayerContext, pixels: Value): Value;
  /**
   * Builds tower and projector: `pixel_values` [B, 3, imageSize, imageSize] → `image_features` [B, rowsPerTile, E] and, if asked for,
   * `tower_features`, the rows before the projector.
   */
  graph(catalog: WeightCatalog, options?: { readonly withTower?: boolean }): Graph;
}

/** One family. */
export interface Family {
  readonly name: string;
  /** Tells whether a config is of this family. */
  matches(config: Readonly<Record<string, unknown>>): boolean;
  /** Reads a config; throws 'model-unknown' or 'file-invalid' naming the field that decided. */
  read(config: Readonly<Record<string, unknown>>): LlavaModel;
}
