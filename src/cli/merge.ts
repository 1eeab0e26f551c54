/** @file `merge`: writes a copy of a model with adapters in its weights. */

import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { StudioError } from '../core/error.ts';
import { mergeAdapters } from '../engine/adapter/merge.ts';
import { planMerge } from '../engine/adapter/merge-plan.ts';
import { weightStore } from '../engine/bundle/weight-store.ts';
import { readModel } from '../../models/families.ts';
import { addAdapterOptions, readWornAdapters } from './adapter-flags.ts';
import type { AdapterFlags } from './caption/caption-flags.ts';
import { openModelPlace } from './model-place.ts';
import { folderSink } from './node-files.ts';
import { embeddedBundle, openNodeBundle } from './open-model.ts';
import { progressLine } from './progress.ts';

interface MergeFlags extends AdapterFlags {
  readonly model?: string;
  readonly changed: 'float32' | 'same';
  readonly name?: string;
  readonly out: string;
  readonly force?: boolean;
}

/** Adds the verb to a program. */
export function addMergeCommand(program: Command): void {
  const command = program.command('merge').description('write a copy of a model with LoRAs, a DoRA or whole weights merged into it');
  addAdapterOptions(command)
    .option('--model <folder>', 'a model bundle; the embedded one by default')
    .addOption(
      new Option('--changed <precision>', 'how changed weights are stored: exactly, or as the base stores them')
        .choices(['float32', 'same'])
        .default('float32'),
    )
    .option('--name <name>', 'what to call the model; the folder’s name by default')
    .requiredOption('--out <folder>', 'folder to write')
    .option('--force', 'write over a model, or over files of the same names, that lie in --out')
    .action(runMerge);
}

async function runMerge(flags: MergeFlags): Promise<void> {
  if ((flags.adapter?.length ?? 0) === 0) throw new StudioError('argument-invalid', 'merge: name an adapter with --adapter');
  const bundle = await openNodeBundle(flags.model);
  const place = await openModelPlace({
    out: flags.out,
    base: flags.model ?? embeddedBundle(),
    sideFiles: await bundle.files.list(),
    isForced: flags.force === true,
  });
  const model = { bundle, model: readModel(bundle.manifest.config), store: weightStore(bundle, 'float32') };
  const worn = await readWornAdapters(model, flags);
  planMerge(model, worn, flags.changed); // what cannot be merged takes no older model away
  await place.begin();
  const line = progressLine();
  const manifest = await mergeAdapters(model, worn, folderSink(flags.out), {
    name: flags.name ?? basename(resolve(flags.out)),
    changedAs: flags.changed,
    onProgress: (done, total) => {
      line.update('merging', done, total);
    },
  });
  line.clear();
  await place.removeOlder(manifest);
  const sizeBytes = manifest.shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  process.stdout.write(`${flags.out}: ${manifest.name}, ${manifest.precision}, ${(sizeBytes / 1e6).toFixed(1)} MB\n`);
}
