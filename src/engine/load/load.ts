/** @file Brings a model in: converted or copied, from wherever it was left, and mends what was damaged since. */

import type { FileSink } from '../../core/codec/byte-sink.ts';
import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import type { StoredTensor } from '../../core/codec/checkpoint-tensors.ts';
import type { TensorInfo } from '../../core/codec/safetensors.ts';
import type { JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import type { BundleManifest, Shard } from '../../../models/bundle.ts';
import { sha256 } from '../bundle/verify.ts';
import { cardFacts, finishBundle, type BundleFacts } from '../convert/convert.ts';
import { planBytes, planConversion, planCopy, planLimits, type PlanLimits, type TransferPlan } from '../convert/plan.ts';
import { emptyJournal, runPlan, type Journal, type PlanEvents } from '../convert/run-plan.ts';
import { withTokenizerJson } from '../text/sentencepiece.ts';
import { cardPath, copySideFiles, writeCard } from '../convert/side-files.ts';
import type { LoadForm, OpenSource } from './survey.ts';

/** A tensor's place in the source. */
export interface SavedTensor extends TensorInfo {
  /** The file that it lies in. */
  readonly path: string;
  /** Its name in the file is `name`; this is the model's. */
  readonly canonical: string;
}

/** Everything that is needed to go on with a load: plain data, written before the first weights are fetched. */
export type SavedWork = { readonly limits: PlanLimits } & (
  | {
      readonly kind: 'checkpoint';
      readonly facts: BundleFacts;
      readonly family: string;
      readonly config: JsonObject;
      readonly sideFiles: readonly Shard[];
      readonly tensors: readonly SavedTensor[];
    }
  | { readonly kind: 'bundle'; readonly manifest: BundleManifest }
);

/** What the model is to be called, and in what form it comes; a bundle keeps what its manifest says. */
export interface LoadFacts extends Omit<BundleFacts, 'precision'> {
  readonly form: LoadForm;
  readonly limits?: PlanLimits;
}

/** What a load is told, and tells. */
export interface LoadEvents extends PlanEvents {
  /** How much is fetched and written in all, as soon as it is known. */
  readonly onPlan?: (bytes: { readonly written: number; readonly read: number }) => void;
}

/**
 * Begins a load: copies the small files, and gives the work that `continueLoad` carries out.
 *
 * @throws {StudioError} what source and sink refuse; 'integrity' naming a file that is not what a bundle's manifest says
 */
export async function beginLoad(opened: OpenSource, sink: FileSink, facts: LoadFacts): Promise<SavedWork> {
  const { form, limits = planLimits, ...rest } = facts;
  if (opened.kind === 'bundle') {
    const { manifest, files } = opened.bundle;
    for (const file of manifest.files) await copyChecked(files, sink, file);
    return { kind: 'bundle', limits, manifest };
  }
  if (form === 'as-is') throw new StudioError('internal', 'internal: a checkpoint is converted to a precision');
  const { config, model, tensors } = opened.checkpoint;
  const sideFiles = await copySideFiles(opened.files, sink);
  const { paths } = opened;
  return {
    kind: 'checkpoint',
    limits,
    facts: { ...rest, precision: form },
    family: model.family,
    config,
    sideFiles,
    tensors: [...tensors].map(([canonical, { source, info }]) => ({ ...info, canonical, path: paths.get(source) ?? source.name })),
  };
}

/**
 * Carries a load out from where its journal stands, and writes the manifest at its end.
 *
 * @throws {StudioError} 'cancelled' when it was stopped, and what `runPlan` throws
 */
export async function continueLoad(
  files: FileSet,
  work: SavedWork,
  sink: FileSink,
  { journal, events }: { readonly journal: Journal; readonly events: LoadEvents },
): Promise<BundleManifest> {
  const plan = await planOf(files, work);
  events.onPlan?.(planBytes(plan));
  const shards = await runPlan(plan, sink, journal, events);
  if (work.kind === 'checkpoint') {
    const { config, family, sideFiles } = work;
    return finishBundle(sink, work.facts, { config, family, shards, sideFiles, tensors: plan.stored });
  }
  await sink.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(work.manifest)}\n`));
  return work.manifest;
}

/**
 * Fetches damaged files again; each must come out as the manifest says.
 *
 * @throws {StudioError} 'source-changed' when the source is not what it was, 'integrity' when a file comes wrong again
 */
export async function mendFiles(
  files: FileSet,
  work: SavedWork,
  sink: FileSink,
  { manifest, paths, events }: { readonly manifest: BundleManifest; readonly paths: readonly string[]; readonly events: PlanEvents },
): Promise<void> {
  for (const file of manifest.files) {
    if (!paths.includes(file.path)) continue;
    // The card of a conversion was written here, and comes out the same again.
    if (work.kind === 'checkpoint' && file.path === cardPath) await writeCard(sink, cardFacts(work.facts, work.family, manifest.shards));
    else await copyChecked(withTokenizerJson(files), sink, file);
  }
  const whole = await planOf(files, work);
  const damaged = manifest.shards.flatMap(({ path }, index) => (paths.includes(path) ? [index] : []));
  if (damaged.length === 0) return;
  const plan: TransferPlan = {
    stored: whole.stored,
    shards: damaged.flatMap((index) => manifest.shards[index] ?? []),
    steps: whole.steps.flatMap((step) => (damaged.includes(step.shard) ? [{ ...step, shard: damaged.indexOf(step.shard) }] : [])),
  };
  await runPlan(plan, sink, emptyJournal, events);
}

async function planOf(files: FileSet, work: SavedWork): Promise<TransferPlan> {
  if (work.kind === 'bundle') {
    const { shards } = work.manifest;
    return planCopy(work.manifest, await Promise.all(shards.map((shard) => openSized(files, shard.path, shard.sizeBytes))), work.limits);
  }
  const sources = new Map<string, ByteSource>();
  const tensors = new Map<string, StoredTensor>();
  for (const { canonical, path, ...info } of work.tensors) {
    const source = sources.get(path) ?? (await openSized(files, path, info.end));
    sources.set(path, source);
    tensors.set(canonical, { source, info });
  }
  return planConversion(tensors, work.facts.precision, work.limits);
}

/** Opens a file of weights that must have at least so many bytes. */
async function openSized(files: FileSet, path: string, sizeBytes: number): Promise<ByteSource> {
  const source = await files.open(path);
  if (!source) throw new StudioError('file-missing', `${files.name}: ${path} is not there any more; choose the same source again`);
  if (source.byteLength < sizeBytes) {
    throw new StudioError(
      'source-changed',
      `${files.name}: ${path} is shorter than when it was begun; choose the same source, or load it anew`,
    );
  }
  return source;
}

async function copyChecked(files: FileSet, sink: FileSink, { path, sizeBytes, sha256: expected }: Shard): Promise<void> {
  const file = await files.open(path);
  const bytes = file && (await file.slice(0, file.byteLength));
  if (!bytes) throw new StudioError('file-missing', `${files.name}: ${path} is named in the manifest but is not there`);
  if (bytes.byteLength !== sizeBytes || (await sha256(bytes)) !== expected) {
    throw new StudioError('integrity', `${files.name}: ${path} is not what the manifest says (sha256); the bundle is damaged`, {
      details: { file: path },
    });
  }
  await sink.write(path, bytes);
}
