/** @file One name for an adapter that follows from what was learned. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { writeSafetensors } from '../../core/codec/safetensors-write.ts';
import { sha256 } from '../bundle/verify.ts';
import { lowRankModules } from './low-rank.ts';

/** Hashes an adapter: the same numbers with the same strengths in the same places are the same adapter, whatever it and its modules are called. */
export async function adapterId(adapter: LearnedAdapter): Promise<string> {
  const { tensors, replaced, spec, placement } = adapter;
  const named = [...tensors, ...[...replaced].map(([name, tensor]) => [`replaced:${name}`, tensor] as const)];
  const numbers = writeSafetensors(new Map(named.sort(([a], [b]) => (a < b ? -1 : 1))));
  const scales = lowRankModules(adapter).map(({ module, scale }) => `${module} ${String(scale)}`);
  const facts = JSON.stringify([await sha256(numbers), spec.kind, placement, scales.sort()]);
  return (await sha256(new TextEncoder().encode(facts))).slice(0, 24);
}
