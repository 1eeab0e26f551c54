/** @file Makes the model with adapters on it: slots filled, weights replaced, rows and caches put before sequences. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { makeSlots, slotKey } from '../../core/adapter/slots.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { disposeAll } from '../caption/decoder-cache.ts';
import type { Decoder } from '../caption/decoder.ts';
import type { OpenModel, SoftPrompt } from '../model.ts';
import type { Kept } from '../kept-sessions.ts';
import { openFedVision, type FedVision, type OpenVision } from '../open-vision.ts';
import type { DeviceTensor, DeviceTensors, Runtime } from '../runtime.ts';
import type { WornAdapter } from './combine.ts';
import type { RowSums } from './dora-gain.ts';
import { siteFinder } from './fit.ts';
import { lowRankModules } from './low-rank.ts';
import { mergedWeight } from './merge-weights.ts';
import { changeOf, replacedFeeds, type Replacements } from './replaced-weights.ts';
import { partsTables } from './tables.ts';
import { slotPlanOf, slotValues, type WornModule } from './slot-values.ts';
import { learnedRows, openSoftPrompt, prefixState, softPromptState } from './starts.ts';
import { unwatched, type AdapterWatch } from './watch.ts';

/** A model with adapters on it. */
export interface Outfit {
  readonly model: OpenModel;
  /** What it holds on the device beside the base, but for sessions. @unit bytes */
  readonly byteLength: number;
  close(): Promise<void>;
}

/** What outfits of one model share. */
export interface OutfitMemory {
  /** Sessions that look, by the weights that they are fed. */
  readonly visions: Kept<FedVision>;
  /** Sums of adapters that were worn, which serve every strength. */
  readonly sums: WeakMap<LearnedAdapter, ReadonlyMap<string, RowSums>>;
}

/** Frees what an outfit holds, last made first. */
type Closers = (() => Promise<void> | void)[];

/** Makes the outfit of adapters that go together and fit; where it fails, or the watch ends it, nothing stays. */
export async function makeOutfit(base: OpenModel, worn: readonly WornAdapter[], memory: OutfitMemory, watch = unwatched): Promise<Outfit> {
  const closers: Closers = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const changes = splitChanges(base, worn);
    const replaced = await replacedTensors(base, worn, changes.merged, watch);
    const parts: OutfitParts = { inSlots: changes.inSlots, replaced, worn, memory, watch };
    watch.begin('laying out', placedBytes(parts));
    const seeing = await changedVision(base, parts, closers);
    let decoder = await changedDecoder(base, parts, closers);
    let soft: SoftPrompt | null = null;
    for (const { adapter } of worn) {
      const started = await startOf(base, decoder, adapter, closers);
      decoder = started.decoder;
      soft ??= started.soft;
    }
    return { model: { ...base, ...seeing, decoder, soft }, byteLength: placedBytes(parts), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Changes {
  readonly inSlots: readonly WornModule[];
  readonly merged: readonly WornModule[];
}

function splitChanges(base: OpenModel, worn: readonly WornAdapter[]): Changes {
  const findSite = siteFinder(base);
  const all = worn.flatMap(({ adapter, scale }) => lowRankModules(adapter).map((change) => ({ ...change, strength: scale })));
  return {
    inSlots: all.filter(({ module }) => findSite(module)?.way === 'slot'),
    merged: all.filter(({ module }) => findSite(module)?.way === 'merged'),
  };
}

async function replacedTensors(
  base: OpenModel,
  worn: readonly WornAdapter[],
  merged: readonly WornModule[],
  watch: AdapterWatch,
): Promise<Replacements> {
  const replaced = new Map(worn.flatMap(({ adapter }) => [...adapter.replaced]));
  for (const module of new Set(merged.map((change) => change.module))) {
    const changes = merged.filter((change) => change.module === module);
    replaced.set(`${module}.weight`, await mergedWeight(base.store, changes));
    await watch.step('laying out', 0);
  }
  return replaced;
}

function isSeeing(name: string): boolean {
  return /^model\.(?:vision_tower|multi_modal_projector|image_newline)/.test(name);
}

interface OutfitParts {
  readonly inSlots: readonly WornModule[];
  readonly replaced: Replacements;
  readonly worn: readonly WornAdapter[];
  readonly memory: OutfitMemory;
  readonly watch: AdapterWatch;
}

function placedBytes({ inSlots, replaced }: Pick<OutfitParts, 'inSlots' | 'replaced'>): number {
  const slots = inSlots.reduce((sum, { factors }) => sum + 4 * (factors.a.length + factors.b.length), 0);
  return [...replaced.values()].reduce((sum, { data }) => sum + data.byteLength, slots);
}

async function changedVision(base: OpenModel, { replaced, memory, watch }: OutfitParts, closers: Closers): Promise<OpenVision> {
  const seeing = new Map([...replaced].filter(([name]) => isSeeing(name)));
  if (seeing.size === 0) return { vision: base.vision, packer: base.packer };
  const key = namesOf(seeing);
  const opened = await memory.visions.take(key, () => openFedVision(base, changeOf(base.store, seeing)));
  closers.push(() => memory.visions.release(key));
  return opened.feed((fed) => placeAll(base.runtime, replacedFeeds(seeing, fed), closers, watch));
}

async function changedDecoder(base: OpenModel, parts: OutfitParts, closers: Closers): Promise<Decoder> {
  const { inSlots, watch } = parts;
  const replaced = new Map([...parts.replaced].filter(([name]) => !isSeeing(name)));
  const [first] = parts.worn;
  if (!first || (inSlots.length === 0 && replaced.size === 0)) return base.decoder;
  const plan = slotPlanOf(inSlots);
  const sums = await sumsOf(base, inSlots, first.adapter, parts.memory);
  const slots = await placeAll(base.runtime, slotValues(inSlots, sums), closers, watch);
  const hasOwnHead = parts.worn.some(({ adapter }) => partsTables(base.model.decoder, adapter));
  const change = { key: `${slotKey(plan)}|${namesOf(replaced)}|${hasOwnHead ? 'own head' : ''}`, layers: makeSlots(plan), hasOwnHead };
  if (replaced.size === 0) return base.decoder.changed(change, () => Promise.resolve(slots)); // its session serves every adapter of the same layers, and stays
  closers.push(() => base.decoder.forget(change.key));
  return base.decoder.changed({ ...change, weights: changeOf(base.store, replaced) }, async (fed) => ({
    ...slots,
    ...(await placeAll(base.runtime, replacedFeeds(replaced, fed), closers, watch)),
  }));
}

/** Sets of weights in the place of the same ones have one session. */
function namesOf(replaced: Replacements): string {
  return [...replaced.keys()].toSorted().join(' ');
}

/** Only DoRAs need sums, and these are worn alone. */
async function sumsOf(
  { rowSums }: OpenModel,
  inSlots: readonly WornModule[],
  adapter: LearnedAdapter,
  { sums }: OutfitMemory,
): Promise<ReadonlyMap<string, RowSums>> {
  const withGain = inSlots.filter(({ magnitude }) => magnitude !== null);
  if (withGain.length === 0) return new Map();
  const found = sums.get(adapter) ?? (await rowSums.sumsOf(new Map(withGain.map(({ module, factors }) => [module, factors]))));
  sums.set(adapter, found);
  return found;
}

/** Puts tensors where sessions compute; those that were put there before one found no room go with the rest. */
async function placeAll(
  runtime: Runtime,
  tensors: Iterable<readonly [name: string, tensor: Tensor<'float32'>]>,
  closers: Closers,
  watch: AdapterWatch,
): Promise<DeviceTensors> {
  const placed: Record<string, DeviceTensor> = {};
  closers.push(() => {
    disposeAll(placed);
  });
  for (const [name, tensor] of tensors) {
    placed[name] = await runtime.place(tensor);
    await watch.step('laying out', tensor.data.byteLength);
  }
  return placed;
}

interface Start {
  readonly decoder: Decoder;
  readonly soft: SoftPrompt | null;
}

async function startOf({ runtime, model, store }: OpenModel, decoder: Decoder, adapter: LearnedAdapter, closers: Closers): Promise<Start> {
  const { kind } = adapter.spec;
  if (kind !== 'prompt' && kind !== 'prefix') return { decoder, soft: null };
  const rows = learnedRows(adapter);
  if (kind === 'prompt' && adapter.placement === 'prompt') {
    const soft = await openSoftPrompt(runtime, store, rows);
    closers.push(() => soft.close());
    return { decoder, soft };
  }
  const state = kind === 'prefix' ? await prefixState(runtime, model.decoder, rows) : await softPromptState(runtime, decoder, rows);
  closers.push(() => {
    disposeAll(state.cache);
  });
  return { decoder: decoder.startingFrom(state), soft: null };
}
