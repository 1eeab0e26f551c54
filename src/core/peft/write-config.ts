/** @file Writes `adapter_config.json` so that PEFT since 0.7 reads it: only fields that it has known since then, or that must be there. */

import type { LearnedAdapter } from '../adapter/learned.ts';
import { rankOf, type LowRankSpec } from '../adapter/spec.ts';
import { StudioError } from '../error.ts';
import type { PeftConfig } from './config.ts';
import { layoutName, type PeftLayout } from './layout.ts';

/** What of a decoder PEFT wants to know for prompts and prefixes. */
export interface PromptSizes {
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly hiddenSize: number;
}

/** Gives the sizes that a config names, for writing it again; those of other methods need none. */
export function sizesOfConfig(config: PeftConfig | null): PromptSizes {
  if (config?.kind === 'prompt' || config?.kind === 'prefix') {
    const { layers, heads, width } = config;
    return { layers, heads, keyValueHeads: heads, headWidth: width / heads, hiddenSize: width };
  }
  return { layers: 0, heads: 1, keyValueHeads: 1, headWidth: 0, hiddenSize: 0 };
}

/** Tells why PEFT has no form for an adapter, or null where it has. */
export function reasonAgainstPeft({ spec, placement }: Pick<LearnedAdapter, 'spec' | 'placement'>): string | null {
  if (spec.kind === 'weights') return 'PEFT has no form for whole weights without an adapter; merge them into a model instead';
  if (placement === 'prompt') return 'PEFT places soft tokens before everything, these stand in the place of the written prompt';
  return null;
}

/**
 * Gives the config of an adapter whose modules are named as in a layout.
 *
 * @param modules the names of adapted modules, as transformers ≥ 4.52 has them
 * @throws {StudioError} 'argument-invalid' for adapters that PEFT has no form for
 */
export function peftConfigOf(adapter: LearnedAdapter, layout: PeftLayout, modules: readonly string[], sizes: PromptSizes): object {
  const reason = reasonAgainstPeft(adapter);
  if (reason !== null) throw new StudioError('argument-invalid', `${adapter.name}: ${reason}`);
  const { spec, base } = adapter;
  const shared = {
    auto_mapping: null,
    base_model_name_or_path: base.name === '' ? null : base.name,
    inference_mode: true,
    revision: base.revision,
    task_type: 'CAUSAL_LM',
  };
  switch (spec.kind) {
    case 'lora':
    case 'dora':
      return { ...shared, ...loraFields(spec, modules, layout), ...savedFields(adapter, modules, layout) };
    case 'prompt':
      return {
        ...shared,
        peft_type: 'PROMPT_TUNING',
        ...promptFields(spec.tokens, sizes),
        prompt_tuning_init: 'RANDOM',
        prompt_tuning_init_text: null,
        tokenizer_name_or_path: null,
      };
    case 'prefix': {
      // With grouped heads PEFT wants the width of keys, not that of hidden states.
      const { keyValueHeads, headWidth } = sizes;
      const narrow = { ...sizes, heads: keyValueHeads, hiddenSize: keyValueHeads * headWidth };
      return {
        ...shared,
        peft_type: 'PREFIX_TUNING',
        ...promptFields(spec.tokens, narrow),
        encoder_hidden_size: narrow.hiddenSize,
        prefix_projection: false,
      };
    }
    case 'weights':
      throw new StudioError('internal', 'internal: whole weights have no config');
    default:
      return spec satisfies never;
  }
}

function promptFields(tokens: number, { layers, heads, hiddenSize }: PromptSizes): object {
  return {
    num_attention_heads: heads,
    num_layers: layers,
    num_transformer_submodules: 1,
    num_virtual_tokens: tokens,
    token_dim: hiddenSize,
  };
}

function loraFields(spec: LowRankSpec, modules: readonly string[], layout: PeftLayout): object {
  const rankPattern: Record<string, number> = {};
  const alphaPattern: Record<string, number> = {};
  for (const module of modules) {
    const chosen = rankOf(spec, module);
    if (!chosen) continue;
    const alpha = chosen.scale * (spec.isRankStabilized ? Math.sqrt(chosen.rank) : chosen.rank);
    // Without its first word, since old versions of PEFT look for a dot before the key.
    const key = layoutName(module, layout).split('.').slice(1).join('.');
    if (chosen.rank !== spec.rank) rankPattern[key] = chosen.rank;
    if (Math.abs(alpha - spec.alpha) > 1e-6 * Math.abs(spec.alpha)) alphaPattern[key] = Number(alpha.toPrecision(7));
  }
  return {
    peft_type: 'LORA',
    r: spec.rank,
    lora_alpha: spec.alpha,
    lora_dropout: spec.dropout,
    target_modules: targetPattern(modules.map((module) => layoutName(module, layout))),
    rank_pattern: rankPattern,
    alpha_pattern: alphaPattern,
    fan_in_fan_out: false,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    // PEFT 0.7 refuses names that it does not know, and knows neither of these.
    ...(spec.isRankStabilized ? { use_rslora: true } : {}),
    ...(spec.kind === 'dora' ? { use_dora: true } : {}),
  };
}

/** Makes one pattern that matches these names and no others; a list of ends would reach into the vision tower as well. */
export function targetPattern(names: readonly string[]): string {
  const byPlace = new Map<string, Set<string>>(); // 'prefix.layers.' + part → layer numbers
  const rest: string[] = [];
  for (const name of names) {
    const [, place, layer, part] = /^(.*\.layers\.)(\d+)\.(.+)$/.exec(name) ?? [];
    if (place === undefined || layer === undefined || part === undefined) rest.push(escaped(name));
    else byPlace.set(`${place} ${part}`, (byPlace.get(`${place} ${part}`) ?? new Set()).add(layer));
  }
  const parts = new Map<string, string[]>(); // prefix and layers → parts
  for (const [key, layers] of byPlace) {
    const [place = '', part = ''] = key.split(' ');
    const group = `${escaped(place)}${choice([...layers].sort((a, b) => Number(a) - Number(b)))}\\.`;
    parts.set(group, [...(parts.get(group) ?? []), escaped(part)]);
  }
  return choice([...[...parts].map(([group, list]) => group + choice(list)), ...rest]);
}

function choice(list: readonly string[]): string {
  return list.length === 1 ? (list[0] ?? '') : `(${list.join('|')})`;
}

function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}

/**
 * Sorts the weights that an adapter replaces by how PEFT keeps them: whole modules as copies beside the base's; biases alone, and what belongs to
 * a module that has a low-rank change, in the base itself.
 *
 * @param modules those with a low-rank change
 */
export function savedWeights(
  { replaced }: Pick<LearnedAdapter, 'replaced'>,
  modules: readonly string[],
): { readonly modules: readonly string[]; readonly inBase: readonly string[] } {
  const adapted = new Set(modules);
  const moduleOf = (name: string): string => name.replace(/\.(?:weight|bias)$/, '');
  const whole = [...replaced.keys()].filter((name) => !name.endsWith('.bias')).map(moduleOf);
  const copied = new Set(whole.filter((module) => !adapted.has(module)));
  return { modules: [...copied], inBase: [...replaced.keys()].filter((name) => !copied.has(moduleOf(name))) };
}

function savedFields(adapter: LearnedAdapter, modules: readonly string[], layout: PeftLayout): object {
  const saved = savedWeights(adapter, modules);
  const biases = saved.inBase.filter((name) => name.endsWith('.bias'));
  const isOfLoraOnly = biases.every((name) => modules.includes(name.slice(0, -'.bias'.length)));
  return {
    bias: biases.length === 0 ? 'none' : isOfLoraOnly ? 'lora_only' : 'all',
    modules_to_save: saved.modules.length === 0 ? null : saved.modules.map((module) => layoutName(module, layout)),
  };
}
