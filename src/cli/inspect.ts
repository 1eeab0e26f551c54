/** @file `inspect`: tells what a checkpoint or bundle is, as JSON. */

import type { Command } from 'commander';
import type { FileSet } from '../core/codec/byte-source.ts';
import { openSafetensors } from '../core/codec/checkpoint-tensors.ts';
import { readJsonObject, type JsonObject } from '../core/codec/json.ts';
import { StudioError } from '../core/error.ts';
import { readModel } from '../../models/families.ts';
import { canonicalName } from '../../models/tensor-names.ts';
import { openBundle } from '../engine/bundle/bundle.ts';
import { openModelTemplate } from '../engine/text/open-template.ts';
import { existingFolder } from './open-model.ts';

/** Adds the verb to a program. */
export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('tell what a checkpoint or bundle is, as JSON')
    .argument('<folder>', 'a checkpoint or a bundle')
    .action(async (folder: string) => {
      process.stdout.write(`${JSON.stringify(await inspectFolder(await existingFolder(folder)), null, 2)}\n`);
    });
}

/**
 * Describes a checkpoint or bundle: family, sizes, template and tensors.
 *
 * @throws {StudioError} 'file-missing' when the folder is neither, 'model-unknown', 'file-invalid'
 */
export async function inspectFolder(files: FileSet): Promise<object> {
  if (await files.open('manifest.json')) {
    const { manifest } = await openBundle(files);
    const { name, precision, licence, source, shards, tensors } = manifest;
    const weightBytes = shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
    return {
      kind: 'bundle',
      name,
      precision,
      licence,
      source,
      weightBytes,
      ...(await describe(files, manifest.config)),
      tensors: tensors.map(({ name: tensor, shape, format }) => ({ name: tensor, shape, format })),
    };
  }
  const config = await files.open('config.json');
  if (!config)
    throw new StudioError(
      'file-missing',
      `${files.name}: has neither manifest.json nor config.json, so it is neither bundle nor checkpoint`,
    );
  const { tensors } = await openSafetensors(files);
  return {
    kind: 'checkpoint',
    ...(await describe(files, await readJsonObject(config, 16 * 2 ** 20))),
    tensors: [...tensors].map(([name, { info }]) => ({ name: canonicalName(name), shape: info.shape, dtype: info.dtype })),
  };
}

async function describe(files: FileSet, config: JsonObject): Promise<object> {
  const model = readModel(config);
  const template = await openModelTemplate(files, model);
  const { imageSize, rowsPerTile } = model.vision;
  return {
    family: model.family,
    decoder: model.decoder,
    vision: { imageSize, rowsPerTile },
    imageTokenId: model.imageTokenId,
    template: { origin: template.origin, jinja: template.jinja },
  };
}
