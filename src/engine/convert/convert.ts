/** @file Turns a checkpoint into a bundle, a few rows of a tensor at a time. */

import type { FileSink } from '../../core/codec/byte-sink.ts';
import type { FileSet } from '../../core/codec/byte-source.ts';
import { openSafetensors, type StoredTensor } from '../../core/codec/checkpoint-tensors.ts';
import { readJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { bundleFormatVersion, type BundleManifest, type Shard, type StoredTensor as BundleTensor } from '../../../models/bundle.ts';
import type { LlavaModel } from '../../../models/family.ts';
import { readModel } from '../../../models/families.ts';
import { withTokenizerJson } from '../text/sentencepiece.ts';
import { neededTensors } from './needed-tensors.ts';
import { planConversion } from './plan.ts';
import { describePrecision, type Precision } from './precision.ts';
import { emptyJournal, runPlan, type PlanEvents } from './run-plan.ts';
import type { CardFacts } from './model-card.ts';
import { copySideFiles, writeCard } from './side-files.ts';

/** What a bundle is to say of itself. */
export interface BundleFacts {
  readonly precision: Precision;
  readonly name: string;
  /** What it comes from: a hub id with its revision, or a folder's name. */
  readonly source: string;
  readonly licence: string;
}

/** What a conversion is told. */
export interface ConvertOptions extends BundleFacts {
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly isCancelled?: () => boolean;
}

/** A checkpoint whose headers have been read, and found to be of a model that is known. */
export interface OpenCheckpoint {
  readonly config: JsonObject;
  readonly model: LlavaModel;
  /** What the model computes with, by canonical name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** @unit bytes */
const maxConfigBytes = 16 * 2 ** 20;

/**
 * Reads a checkpoint's config and the headers of its weights.
 *
 * @throws {StudioError} 'model-unknown' for an architecture that no family reads, 'shape-mismatch', 'file-missing', 'file-invalid'
 */
export async function openCheckpoint(files: FileSet): Promise<OpenCheckpoint> {
  const configFile = await files.open('config.json');
  if (!configFile) throw new StudioError('file-missing', `${files.name}: there is no config.json, so this is no checkpoint`);
  const config = await readJsonObject(configFile, maxConfigBytes);
  const model = readModel(config);
  return { config, model, tensors: neededTensors(files.name, model, (await openSafetensors(files)).tensors) };
}

/**
 * Converts a checkpoint.
 *
 * @throws {StudioError} 'model-unknown' for an architecture that no family reads, 'shape-mismatch', 'file-missing', 'file-invalid', 'cancelled'
 */
export async function convertCheckpoint(files: FileSet, sink: FileSink, options: ConvertOptions): Promise<BundleManifest> {
  const { config, model, tensors } = await openCheckpoint(files);
  const plan = planConversion(tensors, options.precision);
  const { onProgress, isCancelled } = options;
  const events: PlanEvents = { ...(onProgress && { onProgress }), ...(isCancelled && { isStopped: isCancelled }) };
  const shards = await runPlan(plan, sink, emptyJournal, events);
  const sideFiles = await copySideFiles(withTokenizerJson(files), sink);
  return finishBundle(sink, options, { config, family: model.family, shards, sideFiles, tensors: plan.stored });
}

/** What a conversion came to. */
export interface ConvertedParts {
  readonly config: JsonObject;
  readonly family: string;
  readonly shards: readonly Shard[];
  readonly sideFiles: readonly Shard[];
  readonly tensors: readonly BundleTensor[];
}

/** Writes the card and, last of all, the manifest: a folder that has one is whole. */
export async function finishBundle(sink: FileSink, facts: BundleFacts, parts: ConvertedParts): Promise<BundleManifest> {
  const { config, family, shards, tensors } = parts;
  const card = await writeCard(sink, cardFacts(facts, family, shards));
  const manifest: BundleManifest = {
    formatVersion: bundleFormatVersion,
    name: facts.name,
    family,
    precision: describePrecision(facts.precision),
    licence: facts.licence,
    source: facts.source,
    config,
    shards,
    files: [...parts.sideFiles, card],
    tensors,
  };
  await sink.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest)}\n`));
  return manifest;
}

/** What the card of a bundle tells. */
export function cardFacts({ name, source, licence, precision }: BundleFacts, family: string, shards: readonly Shard[]): CardFacts {
  return { name, source, licence, precision, family, weightBytes: shards.reduce((sum, shard) => sum + shard.sizeBytes, 0) };
}
