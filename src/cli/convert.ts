/** @file `convert`: turns a checkpoint into a bundle. */

import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { convertCheckpoint } from '../engine/convert/convert.ts';
import { precisions, type Precision } from '../engine/convert/precision.ts';
import { readLicence } from '../engine/load/read-licence.ts';
import { folderSink } from './node-files.ts';
import { existingFolder } from './open-model.ts';
import { progressLine } from './progress.ts';

interface ConvertFlags {
  readonly quantize: Precision;
  readonly name?: string;
  readonly licence?: string;
}

/** Adds the verb to a program. */
export function addConvertCommand(program: Command): void {
  program
    .command('convert')
    .description('turn a checkpoint in Hugging Face layout into a model bundle')
    .argument('<checkpoint>', 'folder with config.json and model.safetensors')
    .argument('<bundle>', 'folder to write')
    .addOption(new Option('--quantize <precision>', 'how matrices are stored').choices(precisions).default('q8'))
    .option('--name <name>', 'what to call the model; the folder’s name by default')
    .option('--licence <text>', 'the weights’ licence, for the card; taken from the checkpoint’s README by default')
    .action(runConvert);
}

async function runConvert(checkpoint: string, bundle: string, flags: ConvertFlags): Promise<void> {
  const line = progressLine();
  const files = await existingFolder(checkpoint);
  const manifest = await convertCheckpoint(files, folderSink(bundle), {
    precision: flags.quantize,
    name: flags.name ?? basename(resolve(checkpoint)),
    source: basename(resolve(checkpoint)),
    licence: flags.licence ?? (await readLicence(files)),
    onProgress: (done, total) => {
      line.update('converting', done, total);
    },
  });
  line.clear();
  const sizeBytes = [...manifest.shards, ...manifest.files].reduce((sum, file) => sum + file.sizeBytes, 0);
  process.stdout.write(`${bundle}: ${manifest.family}, ${manifest.precision}, ${(sizeBytes / 1e6).toFixed(1)} MB\n`);
}
