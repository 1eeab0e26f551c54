/** @file The adapters that the engine thread has loaded, and what becomes of them on the open model. */

import { learnedCount, type AdapterCard, type LearnedAdapter } from '../src/core/adapter/learned.ts';
import { StudioError } from '../src/core/error.ts';
import { compareBase } from '../src/engine/adapter/base.ts';
import type { WornAdapter } from '../src/engine/adapter/combine.ts';
import { factsOf } from '../src/engine/adapter/facts.ts';
import { matchAdapter, takeAdapter } from '../src/engine/adapter/match-adapter.ts';
import type { MatchedAdapter } from '../src/engine/adapter/match-report.ts';
import { makeRack, type AdapterRack } from '../src/engine/adapter/rack.ts';
import type { AdapterFolder } from '../src/engine/adapter/read-adapter.ts';
import type { AdapterWatch } from '../src/engine/adapter/watch.ts';
import type { OpenModel } from '../src/engine/model.ts';
import type { AdapterChoice, AdapterSummary } from './adapters-api.ts';

/** A loaded adapter with the name and card that it has now. */
export interface ShelvedAdapter {
  readonly id: string;
  readonly folder: AdapterFolder;
  readonly name: string;
  readonly card: AdapterCard;
}

/** Loaded adapters; they stay when the model changes. */
export interface AdapterShelf {
  put(adapter: ShelvedAdapter): void;
  get(id: string): ShelvedAdapter;
  list(): readonly ShelvedAdapter[];
  remove(id: string): Promise<void>;
  /** Gives an adapter as it is on the open model. @throws {StudioError} 'adapter-mismatch' with the reason */
  learned(id: string, model: OpenModel): LearnedAdapter;
  summarize(id: string, model: OpenModel | null): Promise<AdapterSummary>;
  /** Gives the model with adapters on it; sessions that they need are opened at their first time. */
  wear(model: OpenModel, choice: readonly AdapterChoice[], watch?: AdapterWatch): Promise<OpenModel>;
  worn(model: OpenModel, choice: readonly AdapterChoice[]): readonly WornAdapter[];
  /** Frees what belongs to the open model; call it before the model is closed. */
  takeDown(): Promise<void>;
}

type Matched = MatchedAdapter | StudioError;

/** Makes an empty shelf. */
export function makeAdapterShelf(): AdapterShelf {
  const shelved = new Map<string, ShelvedAdapter>();
  let matches = new Map<string, Matched>();
  let rack: AdapterRack | null = null;
  const get = (id: string): ShelvedAdapter => {
    const found = shelved.get(id);
    if (!found) throw new StudioError('argument-invalid', `style ${id}: is not loaded any more; import it again`);
    return found;
  };
  const match = (id: string, model: OpenModel): Matched => {
    const known = matches.get(id);
    if (known) return known;
    const found = matched(get(id), model);
    matches.set(id, found);
    return found;
  };
  const learned = (id: string, model: OpenModel): LearnedAdapter => {
    const found = match(id, model);
    if (found instanceof StudioError) throw found;
    return found.adapter;
  };
  const worn = (model: OpenModel, choice: readonly AdapterChoice[]): readonly WornAdapter[] =>
    choice.map(({ id, scale }) => ({ adapter: learned(id, model), scale }));
  return {
    put: (adapter) => {
      shelved.set(adapter.id, adapter);
    },
    get,
    list: () => [...shelved.values()],
    learned,
    worn,
    remove: async (id) => {
      const found = matches.get(id);
      if (found && !(found instanceof StudioError)) await rack?.forget(found.adapter);
      matches.delete(id);
      shelved.delete(id);
    },
    summarize: (id, model) => summarize(get(id), model && match(id, model), model),
    wear: (model, choice, watch) => {
      rack ??= makeRack(model);
      return rack.wear(worn(model, choice), watch);
    },
    takeDown: async () => {
      const closing = rack;
      rack = null;
      matches = new Map();
      await closing?.close().catch(() => undefined); // nothing can be freed on a lost device
    },
  };
}

function matched({ folder, name }: ShelvedAdapter, model: OpenModel): Matched {
  try {
    const found = matchAdapter(folder, model);
    return { ...found, adapter: { ...found.adapter, name } };
  } catch (error) {
    if (error instanceof StudioError && error.code === 'adapter-mismatch') return error;
    throw error;
  }
}

async function summarize(
  { id, folder, name, card }: ShelvedAdapter,
  match: Matched | null,
  model: OpenModel | null,
): Promise<AdapterSummary> {
  const isMatched = match !== null && !(match instanceof StudioError);
  const adapter = isMatched ? match.adapter : takeAdapter(folder);
  const { kind } = adapter.spec;
  return {
    id,
    name,
    kind,
    facts: factsOf(adapter),
    parameterCount: learnedCount(adapter),
    sizeBytes: 4 * learnedCount(adapter),
    isScalable: kind === 'lora' || kind === 'dora',
    placement: adapter.placement,
    base: { name: adapter.base.name, revision: adapter.base.revision },
    fit: await fitOf(adapter, match, model),
    matched: isMatched ? match.matched.length : 0,
    unmatched: isMatched ? match.unmatched : [],
    missing: isMatched ? match.missing : [],
    notes: adapter.placement === 'prompt' ? ['Its soft tokens stand in the place of the written prompt, which is not read.'] : [],
    card,
  };
}

async function fitOf(adapter: LearnedAdapter, match: Matched | null, model: OpenModel | null): Promise<AdapterSummary['fit']> {
  if (match === null || model === null) return { state: 'unsure', reason: 'No model is open to compare it with.' };
  if (match instanceof StudioError) return { state: 'other', reason: match.message };
  const { isSure, reason } = await compareBase(adapter.base, model.bundle);
  return { state: isSure ? 'fits' : 'unsure', reason };
}
