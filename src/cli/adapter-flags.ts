/** @file The options that name adapters, and the model with them on. */

import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { FileSet } from '../core/codec/byte-source.ts';
import { StudioError } from '../core/error.ts';
import { compareBase } from '../engine/adapter/base.ts';
import type { WornAdapter } from '../engine/adapter/combine.ts';
import { matchAdapter } from '../engine/adapter/match-adapter.ts';
import { makeRack } from '../engine/adapter/rack.ts';
import { readAdapterFolder, type AdapterFolder } from '../engine/adapter/read-adapter.ts';
import { zipFileSet } from '../engine/adapter/zip.ts';
import type { OpenModel } from '../engine/model.ts';
import { readNumber, type AdapterFlags } from './caption/caption-flags.ts';
import { fileSource, folderFiles } from './node-files.ts';
import { isSystemError, systemError } from './system-error.ts';

/** Adds the options to a verb. */
export function addAdapterOptions(command: Command): Command {
  return command
    .option(
      '--adapter <place>',
      'a folder or zip with an adapter; name several LoRAs to add them up',
      appended<string>((text) => text),
    )
    .option('--scale <strength>', 'how strongly, 0 to 2, one for each --adapter in order; 1 by default', appended<number>(readNumber));
}

function appended<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

/** Opens an adapter's folder or zip. @throws {StudioError} 'file-missing' when there is neither */
export async function openAdapterPlace(place: string): Promise<AdapterFolder> {
  return readAdapterFolder(await adapterFiles(place));
}

async function adapterFiles(place: string): Promise<FileSet> {
  const facts = await stat(place).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code !== 'ENOENT') throw systemError(cause, place);
    throw new StudioError('file-missing', `${place}: there is no such folder or zip`, { cause });
  });
  if (facts.isDirectory()) return folderFiles(place);
  if (place.endsWith('.zip')) return zipFileSet(await fileSource(place));
  throw new StudioError(
    'argument-invalid',
    `${place}: an adapter is a folder or a zip with adapter_config.json and adapter_model.safetensors`,
  );
}

/**
 * Reads the adapters that were named and matches them with a model; what found no place, and a base of another name, is told on stderr.
 *
 * @throws {StudioError} 'adapter-mismatch', 'file-invalid', 'argument-invalid' for a scale without an adapter
 */
export async function readWornAdapters(model: Pick<OpenModel, 'model' | 'bundle'>, flags: AdapterFlags): Promise<readonly WornAdapter[]> {
  const places = flags.adapter ?? [];
  if ((flags.scale?.length ?? 0) > places.length)
    throw new StudioError('argument-invalid', '--scale: there are more of them than of --adapter');
  const worn: WornAdapter[] = [];
  for (const [i, place] of places.entries()) {
    const { adapter, unmatched, missing } = matchAdapter(await openAdapterPlace(place), model);
    const { reason } = await compareBase(adapter.base, model.bundle);
    if (reason !== '') process.stderr.write(`${place}: ${reason}\n`);
    for (const key of unmatched) process.stderr.write(`${place}: ${key} has no place in ${model.bundle.manifest.name} and is left out\n`);
    for (const key of missing) process.stderr.write(`${place}: ${key} is not there, though its config asks for it\n`);
    worn.push({ adapter, scale: flags.scale?.[i] ?? 1 });
  }
  return worn;
}

/** Opens a model and puts the named adapters on it; closing what it gives closes all. */
export async function openWornModel(open: () => Promise<OpenModel>, flags: AdapterFlags): Promise<OpenModel> {
  const model = await open();
  const rack = makeRack(model);
  const close = async (): Promise<void> => {
    await rack.close();
    await model.close();
  };
  try {
    return { ...(await rack.wear(await readWornAdapters(model, flags))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
