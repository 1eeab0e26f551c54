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
  const rules = (await readRules(files)) ?? (isOriginal ? { file: 'config.json', values: originalProcessor(config) } : null);
  if (!rules) {
    throw new StudioError(
      'file-missing',
      `${files.name}: there is no preprocessor_config.json, which says how pictures are cut and scaled`,
    );
  }
  const pinpoints = model.vision.packing?.pinpoints;
  const processor = readImageProcessor(rules.values, {
    file: rules.file,
    ...(isOriginal ? { padToSquare: config['image_aspect_ratio'] === 'pad' } : {}),
    ...(pinpoints === undefined ? {} : { pinpoints }),
  });
  checkFit(`${files.name}: ${rules.file}`, processor, model);
  return processor;
}

async function readRules(files: FileSet): Promise<{ readonly file: string; readonly values: JsonObject } | null> {
  const [ownName, jointName] = ['preprocessor_config.json', 'processor_config.json'];
  const own = await readJsonFile(files, ownName);
  if (own) return { file: ownName, values: own };
  const joint = await readJsonFile(files, jointName);
  return joint && isJsonObject(joint['image_processor']) ? { file: jointName, values: joint } : null;
}

function checkFit(place: string, { centerCrop, resize, tiling }: ImageProcessor, { vision, family }: LlavaModel): void {
  if ((tiling === null) !== (vision.packing === null)) {
    throw new StudioError(
      'file-invalid',
      `${place} ${tiling ? 'cuts pictures into tiles' : 'does not cut pictures into tiles'}, which does not go with ${family}`,
    );
  }
  const size = centerCrop ?? (resize.kind === 'exact' ? resize.size : null);
  if (size?.height !== vision.imageSize || size.width !== vision.imageSize) {
    throw new StudioError(
      'file-invalid',
      `${place} gives pictures of ${size ? `${String(size.width)} x ${String(size.height)}` : 'any size'}, the tower sees ${String(vision.imageSize)} x ${String(vision.imageSize)}`,
    );
  }
}
