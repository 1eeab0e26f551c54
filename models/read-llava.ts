/** @file What all LLaVA families with a transformer tower read from a config in the same way. */

import { readDecoderConfig } from './decoder/read-config.ts';
import type { LlavaModel } from './family.ts';
import { fieldError, readTokenId, type ConfigObject } from './fields.ts';
import { readTower, type TowerDefaults } from './vision/read-tower.ts';
import { towerModel } from './vision/tower-model.ts';
import { patchesPerSide } from './vision/transformer.ts';

/** What a family assumes where a config is silent, and how it packs tiles. */
export interface LlavaReading {
  readonly family: string;
  readonly tower: TowerDefaults;
  readonly textModelType: 'llama' | 'qwen2';
  readonly imageTokenId: number;
  /** Null for families that see one square. */
  readonly anyres: { readonly maxTiles: number | null } | null;
}

/**
 * Reads a model.
 *
 * @throws {StudioError} 'model-unknown' naming the field that is out of what is known, 'file-invalid' naming one that is wrong
 */
export function readLlava(config: ConfigObject, reading: LlavaReading): LlavaModel {
  const decoder = readDecoderConfig(config, reading.textModelType);
  const tower = readTower(config, reading.tower);
  const side = patchesPerSide(tower);
  const packing = reading.anyres && { ...reading.anyres, pinpoints: config['image_grid_pinpoints'], patchesPerSide: side };
  const vision = towerModel(config, tower, { hiddenSize: decoder.hiddenSize, packing });
  if (packing && vision.rowsPerTile !== side * side) {
    throw fieldError(
      'model-unknown',
      'vision_feature_select_strategy',
      `gives ${String(vision.rowsPerTile)} rows a tile, which make no square of ${String(side)} patches a side`,
    );
  }
  return { family: reading.family, decoder, imageTokenId: readImageToken(config, reading.imageTokenId, decoder.vocabularySize), vision };
}

function readImageToken(config: ConfigObject, absent: number, vocabularySize: number): number {
  const field = config['image_token_id'] === undefined ? 'image_token_index' : 'image_token_id';
  return readTokenId(config, field, { absent, vocabularySize });
}
