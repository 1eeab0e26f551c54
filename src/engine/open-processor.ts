/** @file Opens the picture rules of a checkpoint or bundle. */

import type { FileSet } from '../core/codec/byte-source.ts';
import { isJsonObject, type JsonObject } from '../core/codec/json.ts';
import { StudioError } from '../core/error.ts';
import { readImageProcessor } from '../core/image/processor-config.ts';
import type { ImageProcessor } from '../core/image/processor.ts';
import type { LlavaModel } from '../../models/family.ts';
import { isOriginalConfig, originalProcessor } from '../../models/original-layout.ts';
import { readJsonFile } from './text/open-template.ts';

/**
 * Reads the rules from `preprocessor_config.json` or `processor_config.json`; checkpoints of the original code have neither, and follow
 * their tower.
 *
 * @throws {StudioError} 'file-missing' when there are none, 'file-invalid' when they cannot be followed or do not fit the tower
 */
export async function openProcessor(files: FileSet, config: JsonObject, model: LlavaModel): Promise<ImageProcessor> {
  const isOriginal = isOriginalConfig(config);
  const rules = (await readRules(files)) ?? (isOriginal ? originalProcessor(config) : null);
  if (!rules) {
    throw new StudioError(
      'file-missing',
      `${files.name}: there is no preprocessor_config.json, which says how pictures are cut and scaled`,
    );
  }
  const pinpoints = model.vision.packing?.pinpoints;
  const processor = readImageProcessor(rules, {
    ...(isOriginal ? { padToSquare: config['image_aspect_ratio'] === 'pad' } : {}),
    ...(pinpoints === undefined ? {} : { pinpoints }),
  });
  checkFit(files, processor, model);
  return processor;
}

async function readRules(files: FileSet): Promise<JsonObject | null> {
  const own = await readJsonFile(files, 'preprocessor_config.json');
  if (own) return own;
  const joint = await readJsonFile(files, 'processor_config.json');
  return joint && isJsonObject(joint['image_processor']) ? joint : null;
}

function checkFit({ name }: FileSet, { centerCrop, resize, tiling }: ImageProcessor, { vision, family }: LlavaModel): void {
  if ((tiling === null) !== (vision.packing === null)) {
    throw new StudioError(
      'file-invalid',
      `${name}: preprocessor_config.json ${tiling ? 'cuts pictures into tiles' : 'does not cut pictures into tiles'}, which does not go with ${family}`,
    );
  }
  const size = centerCrop ?? (resize.kind === 'exact' ? resize.size : null);
  if (size?.height !== vision.imageSize || size.width !== vision.imageSize) {
    throw new StudioError(
      'file-invalid',
      `${name}: preprocessor_config.json gives pictures of ${size ? `${String(size.width)} x ${String(size.height)}` : 'any size'}, the tower sees ${String(vision.imageSize)} x ${String(vision.imageSize)}`,
    );
  }
}
