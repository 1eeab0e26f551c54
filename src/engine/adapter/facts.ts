/** @file An adapter in a few words. */

import { learnedCount, type LearnedAdapter } from '../../core/adapter/learned.ts';
import { decoderModules } from '../../core/adapter/spec.ts';
import { lowRankModules } from './low-rank.ts';

/** Says what an adapter is: 'LoRA, rank 8, alpha 16, q_proj and v_proj of 6 layers'. */
export function factsOf(adapter: LearnedAdapter): string {
  const { spec, placement, replaced } = adapter;
  const saved = replaced.size > 0 && spec.kind !== 'weights' ? `, and ${counted(replaced.size, 'whole weight')}` : '';
  switch (spec.kind) {
    case 'prompt':
      return `Soft prompt, ${counted(spec.tokens, 'token')} ${placement === 'start' ? 'before everything' : "in the prompt's place"}${saved}`;
    case 'prefix':
      return `Prefix, ${counted(spec.tokens, 'token')} in each layer${saved}`;
    case 'lora':
    case 'dora':
      return `${spec.kind === 'lora' ? 'LoRA' : 'DoRA'}${spec.isRankStabilized ? ', rank-stabilised' : ''}, ${lowRankFacts(adapter)}, alpha ${String(spec.alpha)}${saved}`;
    case 'weights':
      return `${counted(replaced.size, 'whole weight')}, ${learnedCount(adapter).toLocaleString('en-US')} numbers`;
    default:
      return spec satisfies never;
  }
}

function lowRankFacts(adapter: LearnedAdapter): string {
  const modules = lowRankModules(adapter);
  const ranks = [...new Set(modules.map(({ factors }) => factors.rank))].sort((a, b) => a - b);
  const parts = namesOf(new Set(modules.map(({ module }) => module.split('.').at(-1) ?? module)));
  const layers = new Set(modules.flatMap(({ module }) => /^.*\.layers\.\d+(?=\.)/.exec(module)?.[0] ?? []));
  const rank = ranks.length === 1 ? String(ranks[0]) : `${String(ranks[0])} to ${String(ranks.at(-1))}`;
  return `rank ${rank}, ${parts} of ${counted(layers.size, 'layer')}`;
}

/** In the order in which a layer computes. */
function namesOf(parts: ReadonlySet<string>): string {
  const usual: readonly string[] = decoderModules;
  if (usual.every((part) => parts.has(part)) && parts.size === usual.length) return 'all parts';
  return joined([...usual.filter((part) => parts.has(part)), ...[...parts].filter((part) => !usual.includes(part))]);
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
