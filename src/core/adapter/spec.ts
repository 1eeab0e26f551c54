/** @file Which adapter: plain data that screens, files and graphs share. */

import { compilePattern, matchesEnd, matchesWhole } from './pattern.ts';

/** Learned rows of embeddings. */
export interface PromptSpec {
  readonly kind: 'prompt';
  readonly tokens: number;
}

/** Learned keys and values for each layer. */
export interface PrefixSpec {
  readonly kind: 'prefix';
  readonly tokens: number;
  /** Width of the network that makes keys and values while training; null where they are trained themselves. */
  readonly projectionSize: number | null;
}

/** Learned low-rank changes of linear layers; DoRA learns their magnitudes apart. */
export interface LowRankSpec {
  readonly kind: 'lora' | 'dora';
  readonly rank: number;
  readonly alpha: number;
  /** Whether the scale is alpha / √rank instead of alpha / rank. */
  readonly isRankStabilized: boolean;
  /** Which modules: names that they end with, or one regular expression for the whole name. */
  readonly targets: readonly string[] | string;
  /** The share of inputs left out while training, from 0 (inclusive) to 1 (exclusive). */
  readonly dropout: number;
  /** Other ranks for modules whose names end as the key says, a regular expression. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Other alphas, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
}

/** An adapter as plain data. */
export type AdapterSpec = PromptSpec | PrefixSpec | LowRankSpec;

/** The linear layers of a decoder's layer, by the ends of their names. */
export const decoderModules = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

/** The rank and scale of one module. */
export interface RankAndScale {
  readonly rank: number;
  readonly scale: number;
}

/**
 * Tells with which rank and scale a module is adapted, or null where it is not.
 *
 * @source peft 0.21.2, check_target_module_exists and get_pattern_key
 */
export function rankOf(spec: LowRankSpec, module: string): RankAndScale | null {
  const isTarget =
    typeof spec.targets === 'string'
      ? matchesWhole(compilePattern(spec.targets), module)
      : spec.targets.some((end) => module === end || module.endsWith(`.${end}`));
  if (!isTarget) return null;
  const rank = patternValue(spec.rankPattern, module) ?? spec.rank;
  const alpha = patternValue(spec.alphaPattern, module) ?? spec.alpha;
  return { rank, scale: alpha / (spec.isRankStabilized ? Math.sqrt(rank) : rank) };
}

function patternValue(pattern: Readonly<Record<string, number>> | undefined, module: string): number | undefined {
  return Object.entries(pattern ?? {}).find(([key]) => matchesEnd(key, module))?.[1];
}
