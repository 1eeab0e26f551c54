/** @file A transformer tower with its projector: the part of every LLaVA but the small one that looks. */

import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { slice } from '../../src/core/graph/math.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import type { LayerContext } from '../../src/core/nn/linear.ts';
import type { WeightCatalog } from '../../src/core/nn/weights.ts';
import type { VisionModel } from '../family.ts';
import { projector, readProjector, type ProjectorConfig } from '../projector/mlp.ts';
import type { ConfigObject } from '../fields.ts';
import { clipTower } from './clip.ts';
import type { AnyresPacking } from './anyres-packing.ts';
import { siglipTower } from './siglip.ts';
import { patchesPerSide, type TransformerTowerConfig } from './transformer.ts';

/** What goes on beside tower and projector. */
export interface TowerModelOptions {
  readonly hiddenSize: number;
  readonly packing: AnyresPacking | null;
}

/** Puts tower and projector together. */
export function towerModel(config: ConfigObject, tower: TransformerTowerConfig, options: TowerModelOptions): VisionModel {
  const sizes = readProjector(config, { visionSize: tower.hiddenSize, hiddenSize: options.hiddenSize });
  const rows = patchesPerSide(tower) ** 2 + (tower.kind === 'clip' ? 1 : 0) - (tower.dropsFirst ? 1 : 0);
  return {
    imageSize: tower.imageSize,
    rowsPerTile: rows,
    projector: sizes,
    packing: options.packing,
    features: (context, pixels) => towerFeatures(context, tower, pixels),
    graph: (catalog, wanted) => visionGraph(tower, sizes, catalog, wanted?.withTower ?? false),
  };
}

function towerFeatures(context: LayerContext, tower: TransformerTowerConfig, pixels: Value): Value {
  const all = tower.kind === 'clip' ? clipTower(context, tower, pixels) : siglipTower(context, tower, pixels);
  return tower.dropsFirst ? slice(context.g, all, { axis: 1, start: 1, end: Number(all.shape[1]) }) : all; // [B, P, visionSize]
}

function visionGraph(tower: TransformerTowerConfig, sizes: ProjectorConfig, catalog: WeightCatalog, withTower: boolean): Graph {
  const g = new GraphBuilder('vision');
  const context = { g, catalog, adapter: nullAdapter };
  const features = towerFeatures(context, tower, g.input('pixel_values', 'float32', ['B', 3, tower.imageSize, tower.imageSize]));
  const rows = projector(context, sizes, features); // [B, P, E]
  return g.finish({ image_features: rows, ...(withTower ? { tower_features: features } : {}) });
}
