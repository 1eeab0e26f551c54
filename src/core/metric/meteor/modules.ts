/** @file The four matchers of METEOR, in the order in which they are asked, and what a match of each is worth. */

import { StudioError } from '../../error.ts';

/** All matchers, in METEOR's order; statistics and alignments follow it. */
export const meteorModules = ['exact', 'stem', 'synonym', 'paraphrase'] as const;

/** One matcher: equal words, equal stems, a synset in common, or a row of the paraphrase table. */
export type MeteorModule = (typeof meteorModules)[number];

/**
 * What one matched word counts in precision and recall.
 *
 * @source METEOR 1.5, English, rank task
 */
export const meteorModuleWeights: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.6, synonym: 0.8, paraphrase: 0.6 };

/**
 * Names the score that a list of matchers gives: "METEOR" is all four, anything less says what it is made of.
 */
export function meteorName(modules: readonly MeteorModule[] = meteorModules): string {
  const used = meteorModules.filter((module) => modules.includes(module));
  return used.length === meteorModules.length ? 'METEOR' : `METEOR (${used.join(', ')})`;
}

/**
 * Checks a list of matchers and brings it into METEOR's order.
 *
 * @throws {StudioError} 'argument-invalid' when `exact` is missing, since two equal sentences are aligned by it alone
 */
export function orderMeteorModules(modules: readonly MeteorModule[]): readonly MeteorModule[] {
  if (!modules.includes('exact')) {
    throw new StudioError('argument-invalid', `METEOR: modules are [${modules.join(', ')}], expected a list with "exact"; add it`);
  }
  return meteorModules.filter((module) => modules.includes(module));
}
