/** @file Which modules a config means. */

import { compilePattern, matchesEnd, matchesWhole, patternEffort, type PatternEffort } from '../adapter/pattern.ts';
import type { PeftLora, PeftTargets } from './config.ts';

/**
 * Tells whether a config means a linear layer, given the names that the layer has in the layouts of transformers.
 *
 * @param effort counts the steps of all patterns of the config
 * @throws {StudioError} 'file-invalid' when a pattern cannot be read, or patterns take too many steps
 * @source peft 0.21.2, check_target_module_exists
 */
export function isTarget({ modules, excluded, layers }: PeftTargets, names: readonly string[], effort = patternEffort('')): boolean {
  if (excluded !== null && names.some((name) => isNamed(excluded, name, effort))) return false;
  // What PEFT calls all linear layers are all but the head.
  if (modules === 'all-linear' && names.some((name) => isNamed(['lm_head'], name, effort))) return false;
  if (modules !== 'all-linear' && !names.some((name) => isNamed(modules, name, effort))) return false;
  return layers === null || names.some((name) => layers.includes(layerOf(name)));
}

function isNamed(wanted: readonly string[] | string, name: string, effort: PatternEffort): boolean {
  if (typeof wanted === 'string') return matchesWhole(compilePattern(wanted, effort.place), name, effort);
  return wanted.some((end) => name === end || name.endsWith(`.${end}`));
}

/** The number after the first word that is followed by one. */
function layerOf(name: string): number {
  return Number(/\.(\d+)\./.exec(name)?.[1] ?? -1);
}

/**
 * Gives a module's rank and alpha.
 *
 * @source peft 0.21.2, get_pattern_key
 */
export function rankAndAlpha(
  config: PeftLora,
  names: readonly string[],
  effort = patternEffort(''),
): { readonly rank: number; readonly alpha: number } {
  const find = (patterns: Readonly<Record<string, number>>): number | undefined =>
    Object.entries(patterns).find(([key]) => names.some((name) => matchesEnd(key, name, effort)))?.[1];
  return { rank: find(config.rankPattern) ?? config.rank, alpha: find(config.alphaPattern) ?? config.alpha };
}
