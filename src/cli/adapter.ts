/** @file `adapter`: tells what an adapter is, and writes it in the names of other software. */

import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import { StudioError } from '../core/error.ts';
import { peftLayouts, type PeftLayout } from '../core/peft/layout.ts';
import { sizesOfConfig } from '../core/peft/write-config.ts';
import { compareBase } from '../engine/adapter/base.ts';
import { blendAdapters } from '../engine/adapter/blend.ts';
import { factsOf } from '../engine/adapter/facts.ts';
import { matchAdapter, sortAdapter, takeAdapter } from '../engine/adapter/match-adapter.ts';
import { isAdapterFile, type AdapterFolder } from '../engine/adapter/read-adapter.ts';
import { writeAdapter, type WrittenFiles } from '../engine/adapter/write-adapter.ts';
import { zipFiles } from '../engine/adapter/zip.ts';
import { readModel } from '../../models/families.ts';
import { addAdapterOptions, openAdapterPlace } from './adapter-flags.ts';
import type { AdapterFlags } from './caption/caption-flags.ts';
import { folderSink, writeWhole } from './node-files.ts';
import { openNodeBundle } from './open-model.ts';
import { requireStylePlace } from './style-place.ts';

/** Adds the verbs to a program. */
export function addAdapterCommand(program: Command): void {
  const adapter = program.command('adapter').description('inspect adapters and write them for other software');
  adapter
    .command('inspect')
    .description('tell what an adapter is and whether it fits a model, as JSON')
    .argument('<adapter>', 'a folder or a zip')
    .option('--model <folder>', 'compare it with this bundle or checkpoint')
    .action(async (place: string, flags: { readonly model?: string }) => {
      process.stdout.write(`${JSON.stringify(await inspectAdapter(await openAdapterPlace(place), flags.model), null, 2)}\n`);
    });
  adapter
    .command('export')
    .alias('convert')
    .description('write an adapter as PEFT reads it, with names of another transformers')
    .argument('<adapter>', 'a folder or a zip')
    .addOption(layoutOption())
    .requiredOption('--out <place>', 'a folder, or a file that ends with .zip')
    .option('--force', 'write over a style that lies in --out')
    .action(exportAdapter);
  addBlend(adapter);
}

/** Adds the verb that makes one LoRA of several. */
function addBlend(adapter: Command): void {
  addAdapterOptions(adapter.command('blend').description('make one LoRA of several: their weighted sum, which PEFT reads'))
    .addOption(layoutOption())
    .option('--name <name>', 'what to call it; the name of --out by default')
    .requiredOption('--out <place>', 'a folder, or a file that ends with .zip')
    .option('--force', 'write over a style that lies in --out')
    .action(async (flags: BlendFlags) => {
      await requireStylePlace(flags.out, flags.force === true);
      const places = flags.adapter ?? [];
      if ((flags.scale?.length ?? 0) > places.length)
        throw new StudioError('argument-invalid', '--scale: there are more of them than of --adapter');
      const parts = await Promise.all(
        places.map(async (place, i) => ({ adapter: takeAdapter(await openAdapterPlace(place)), scale: flags.scale?.[i] ?? 1 })),
      );
      const name = flags.name ?? basename(flags.out, '.zip');
      await writeFiles(writeAdapter(blendAdapters(parts, name), { layout: flags.layout, sizes: sizesOfConfig(null) }), flags.out);
    });
}

interface BlendFlags extends AdapterFlags {
  readonly layout: PeftLayout;
  readonly name?: string;
  readonly out: string;
  readonly force?: boolean;
}

function layoutOption(): Option {
  return new Option('--layout <names>', 'hf5: transformers from 4.52; hf4: up to 4.51; llava: the original code')
    .choices(peftLayouts)
    .default('hf5');
}

async function writeFiles(files: WrittenFiles, out: string): Promise<void> {
  if (out.endsWith('.zip')) await writeWhole(out, Buffer.concat(await zipFiles(files)));
  else {
    for (const [path, bytes] of files) await folderSink(out).write(path, bytes);
    await removeOlder(out, files);
  }
  process.stdout.write(`${out}: ${[...files.keys()].join(', ')}\n`);
}

/** Of a style that was written over nothing stays that would be read with the new one. */
async function removeOlder(out: string, files: WrittenFiles): Promise<void> {
  for (const name of await readdir(out)) if (isAdapterFile(name) && !files.has(name)) await rm(join(out, name));
}

/**
 * Describes an adapter, and with a model what became of its keys.
 *
 * @throws {StudioError} when its files are broken; an adapter that does not fit the model is described with the reason
 */
export async function inspectAdapter(folder: AdapterFolder, modelFolder: string | undefined): Promise<object> {
  const adapter = takeAdapter(folder);
  const { name, spec, placement, base, card } = adapter;
  const keys = [...folder.tensors, ...folder.ownTensors].map(([key, { shape }]) => ({ key, shape }));
  const told = {
    name,
    kind: spec.kind,
    facts: factsOf(adapter),
    method: folder.config?.method ?? null,
    spec,
    placement,
    base,
    replaced: [...adapter.replaced.keys()],
    card,
    keys,
  };
  return modelFolder === undefined ? told : { ...told, model: await compareWithModel(folder, modelFolder) };
}

async function compareWithModel(folder: AdapterFolder, modelFolder: string): Promise<object> {
  const bundle = await openNodeBundle(modelFolder);
  const { name } = bundle.manifest;
  try {
    const { adapter, matched, unmatched, missing } = matchAdapter(folder, { bundle, model: readModel(bundle.manifest.config) });
    const { isSure, reason } = await compareBase(adapter.base, bundle);
    return { name, fits: true, isSameBase: isSure, reason, matched: matched.length, unmatched, missing };
  } catch (error) {
    if (!(error instanceof StudioError) || error.code !== 'adapter-mismatch') throw error;
    return { name, fits: false, reason: error.message, ...error.details };
  }
}

async function exportAdapter(place: string, { layout, out, force }: Pick<BlendFlags, 'layout' | 'out' | 'force'>): Promise<void> {
  await requireStylePlace(out, force === true);
  const folder = await openAdapterPlace(place);
  const { adapter, unmatched } = sortAdapter(folder);
  const files = writeAdapter(adapter, { layout, sizes: sizesOfConfig(folder.config) });
  await writeFiles(files, out);
  if (unmatched.length > 0) process.stderr.write(`${place}: not written, since no LLaVA has a place for it: ${unmatched.join(', ')}\n`);
  if (!files.has('adapter_config.json'))
    process.stderr.write(`${place}: PEFT has no form for it, so that only Caption Studio reads it; README.md says why\n`);
}
