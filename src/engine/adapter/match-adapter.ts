/** @file Finds the place of every tensor of an adapter in a model, and says which found none. */

import { patternEffort, type PatternEffort } from '../../core/adapter/pattern.ts';
import { emptyCard, type LearnedAdapter } from '../../core/adapter/learned.ts';
import { promptParameter } from '../../core/adapter/soft-prompt.ts';
import type { AdapterSpec, LowRankSpec } from '../../core/adapter/spec.ts';
import { StudioError } from '../../core/error.ts';
import type { PeftConfig, PeftLora } from '../../core/peft/config.ts';
import { allLayoutNames } from '../../core/peft/layout.ts';
import { isTarget, rankAndAlpha } from '../../core/peft/targets.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { meaningOf } from './file-keys.ts';
import { checkFit, type AdaptedModel } from './fit.ts';
import { matchOwn, startOf } from './match-own.ts';
import type { MatchedAdapter } from './match-report.ts';
import { anyPlaces, modelPlaces, type Places } from './places.ts';
import type { AdapterFolder } from './read-adapter.ts';

/**
 * Matches an adapter's files with a model.
 *
 * @throws {StudioError} 'adapter-mismatch' when nothing matches, a shape differs or half of a pair is missing; 'file-invalid' for contradictions
 */
export function matchAdapter(folder: AdapterFolder, target: AdaptedModel): MatchedAdapter {
  const matched = folder.config ? matchPeft(folder, folder.config, modelPlaces(target)) : matchOwn(folder);
  checkFit(target, matched.adapter);
  return matched;
}

/**
 * Takes an adapter as it is, without a model to compare it with: for writing it in other names, or for telling what it is.
 *
 * @throws {StudioError} 'adapter-mismatch' when half of a pair is missing, 'file-invalid' for contradictions
 */
export function takeAdapter(folder: AdapterFolder): LearnedAdapter {
  return sortAdapter(folder).adapter;
}

/** Does the same, and tells which keys no LLaVA has a place for. */
export function sortAdapter(folder: AdapterFolder): MatchedAdapter {
  return folder.config ? matchPeft(folder, folder.config, anyPlaces) : matchOwn(folder);
}

/** Where the tensors of a file belong. */
interface Sorted {
  readonly tensors: Map<string, Tensor<'float32'>>;
  readonly replaced: Map<string, Tensor<'float32'>>;
  readonly matched: string[];
  readonly unmatched: string[];
  readonly missing: string[];
  /** For each of our names the key in the file. */
  readonly keys: Map<string, string>;
}

function matchPeft(folder: AdapterFolder, config: PeftConfig, target: Places): MatchedAdapter {
  const { place, description, ownTensors } = folder;
  const sorted: Sorted = { tensors: new Map(), replaced: new Map(), matched: [], unmatched: [], missing: [], keys: new Map() };
  const effort = patternEffort(`${place}/adapter_config.json`);
  for (const [key, tensor] of folder.tensors) sortKey(sorted, { key, tensor, config, place, effort }, target);
  if (sorted.matched.length === 0) throw nothingMatches(place, [...folder.tensors.keys()], target);
  if (config.kind === 'lora' || config.kind === 'dora') checkPairs(sorted, { config, place, effort }, target);
  const adapter: LearnedAdapter = {
    name: description?.name ?? nameOf(place),
    spec: specOf(sorted, config, effort),
    tensors: sorted.tensors,
    replaced: sorted.replaced,
    placement: 'start',
    start: startOf(ownTensors, sorted.tensors.get(promptParameter)),
    base: description?.base ?? { name: config.baseName, revision: config.revision, digest: null },
    card: description?.card ?? emptyCard,
  };
  return { adapter, matched: sorted.matched, unmatched: sorted.unmatched, missing: sorted.missing };
}

/** The name of a folder or zip, for those that tell none. */
function nameOf(place: string): string {
  return (place.split('/').at(-1) ?? '').replace(/\.zip$/iu, '') || place;
}

/** A config and what is needed to ask it. */
interface Asked<C extends PeftConfig | PeftLora = PeftConfig> {
  readonly config: C;
  readonly place: string;
  readonly effort: PatternEffort;
}

interface KeyedTensor extends Asked {
  readonly key: string;
  readonly tensor: Tensor<'float32'>;
}

function sortKey(sorted: Sorted, { key, tensor, config, place, effort }: KeyedTensor, target: Places): void {
  const compare = (wanted: readonly (number | null)[]): void => {
    if (wanted.length === tensor.shape.length && wanted.every((size, i) => size === null || size === tensor.shape[i])) return;
    throw new StudioError(
      'adapter-mismatch',
      `${place}: ${key} is [${tensor.shape.join(', ')}], ${target.name} needs [${wanted.map((size) => size ?? 'any').join(', ')}]; it was made for another model`,
      { details: { tensor: key } },
    );
  };
  const take = (name: string, into: Map<string, Tensor<'float32'>>): void => {
    if (into.has(name))
      throw new StudioError('file-invalid', `${place}: ${key} and ${sorted.keys.get(name) ?? name} are the same tensor under two names`);
    into.set(name, tensor);
    sorted.keys.set(name, key);
    sorted.matched.push(key);
  };
  const meaning = meaningOf(key);
  if (meaning.kind === 'table-factor' || (meaning.kind === 'factor' && tensor.shape.length > 2)) {
    const what = meaning.kind === 'factor' ? 'a convolution' : 'a table of embeddings';
    throw new StudioError(
      'adapter-mismatch',
      `${place}: ${key} is a low-rank change of ${what}; here only linear layers take one. Leave that module out of target_modules, or name it in modules_to_save`,
      { details: { tensor: key } },
    );
  }
  if (meaning.kind === 'rows' && (config.kind === 'prompt' || config.kind === 'prefix')) {
    compare([config.tokens, target.rowWidth(config.kind)]);
    take(promptParameter, sorted.tensors);
    return;
  }
  if (meaning.kind === 'factor' && (config.kind === 'lora' || config.kind === 'dora')) {
    const site = target.site(meaning.module);
    if (site) {
      const { rank } = rankAndAlpha(config, allLayoutNames(meaning.module), effort);
      const shapes = { A: [rank, site.inputSize], B: [site.outputSize, rank], magnitude: [site.outputSize] };
      const suffix = { A: 'lora_A.weight', B: 'lora_B.weight', magnitude: 'lora_magnitude_vector' };
      compare(shapes[meaning.part]);
      take(`${meaning.module}.${suffix[meaning.part]}`, sorted.tensors);
      return;
    }
  }
  const shape = meaning.kind === 'weight' ? target.weightShape(meaning.name, tensor.shape) : null;
  if (meaning.kind === 'weight' && shape) {
    compare(shape);
    take(meaning.name, sorted.replaced);
    return;
  }
  sorted.unmatched.push(key);
}

function nothingMatches(place: string, keys: readonly string[], target: Places): StudioError {
  const [example] = keys;
  const what =
    example === undefined ? 'holds no tensors' : `none of its ${String(keys.length)} keys fits ${target.name}, such as ${example}`;
  return new StudioError('adapter-mismatch', `${place}: ${what}; it was made for another kind of model`, { details: { unmatched: keys } });
}

/** Notes what a low-rank config asks for and the file has not; half of a pair is nothing that could be applied. */
function checkPairs(sorted: Sorted, { config, place, effort }: Asked<PeftLora>, target: Places): void {
  const found = new Set([...sorted.tensors.keys()].map((name) => name.replace(/\.lora_[A-Za-z_.]+$/, '')));
  const asked = target.modules.filter((module) => isTarget(config.targets, allLayoutNames(module), effort));
  const parts = ['lora_A.weight', 'lora_B.weight', ...(config.kind === 'dora' ? ['lora_magnitude_vector'] : [])];
  const example = sorted.matched[0] ?? '';
  for (const module of new Set([...found, ...asked]))
    for (const part of parts) if (!sorted.tensors.has(`${module}.${part}`)) sorted.missing.push(fileKey(example, module, part));
  const halves = [...found].filter((module) => parts.some((part) => !sorted.tensors.has(`${module}.${part}`)));
  if (halves.length === 0) return;
  const unmatched = sorted.unmatched.length === 0 ? '' : `; keys without a place: ${listed(sorted.unmatched)}`;
  throw new StudioError(
    'adapter-mismatch',
    `${place}: parts of a change are missing: ${listed(sorted.missing)}${unmatched}; save the adapter again`,
    {
      details: { missing: sorted.missing, unmatched: sorted.unmatched },
    },
  );
}

/** Names a missing key as the file would, from a key that is there. */
function fileKey(example: string, module: string, part: string): string {
  const inner = example.replace(/^base_model\.model\./, '');
  const name = allLayoutNames(module).find((candidate) => candidate.split('.layers.')[0] === inner.split('.layers.')[0]) ?? module;
  return `base_model.model.${name}.${part}`;
}

function listed(keys: readonly string[]): string {
  const most = 20;
  return `${keys.slice(0, most).join(', ')}${keys.length > most ? ` and ${String(keys.length - most)} more` : ''}`;
}

function specOf(sorted: Sorted, config: PeftConfig, effort: PatternEffort): AdapterSpec {
  switch (config.kind) {
    case 'lora':
    case 'dora':
      return lowRankSpec(sorted, config, effort);
    case 'prefix':
      return { kind: 'prefix', tokens: config.tokens, projectionSize: null };
    case 'prompt':
      return { kind: 'prompt', tokens: config.tokens };
    default:
      return config satisfies never;
  }
}

function lowRankSpec(sorted: Sorted, config: PeftLora, effort: PatternEffort): LowRankSpec {
  const modules = [...sorted.tensors.keys()]
    .filter((name) => name.endsWith('.lora_A.weight'))
    .map((name) => name.slice(0, -'.lora_A.weight'.length));
  const rankPattern: Record<string, number> = {};
  const alphaPattern: Record<string, number> = {};
  for (const module of modules) {
    const { rank, alpha } = rankAndAlpha(config, allLayoutNames(module), effort);
    if (rank !== config.rank) rankPattern[module.replaceAll('.', '\\.')] = rank;
    if (alpha !== config.alpha) alphaPattern[module.replaceAll('.', '\\.')] = alpha;
  }
  const { kind, rank, alpha, isRankStabilized, dropout } = config;
  return { kind, rank, alpha, isRankStabilized, dropout, targets: modules, rankPattern, alphaPattern };
}
