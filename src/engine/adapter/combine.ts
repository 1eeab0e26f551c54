/** @file Which adapters may be worn together. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { StudioError } from '../../core/error.ts';

/** An adapter as it is worn. */
export interface WornAdapter {
  readonly adapter: LearnedAdapter;
  /** How strongly, 1 as it was learned; low-rank kinds take 0 to 2, all others only 1. */
  readonly scale: number;
}

/** What people call a kind. */
export function kindName({ spec }: Pick<LearnedAdapter, 'spec'>): string {
  switch (spec.kind) {
    case 'prompt':
      return 'a soft prompt';
    case 'prefix':
      return 'a prefix';
    case 'lora':
      return 'a LoRA';
    case 'dora':
      return 'a DoRA';
    case 'weights':
      return 'whole weights';
    default:
      return spec satisfies never;
  }
}

/**
 * Refuses what cannot be worn: only LoRAs go together, as a weighted sum, which is what PEFT allows too.
 *
 * @throws {StudioError} 'argument-invalid' with the reason
 */
export function checkCombination(worn: readonly WornAdapter[]): void {
  for (const { adapter, scale } of worn) {
    const { kind } = adapter.spec;
    const isScalable = kind === 'lora' || kind === 'dora';
    if (!Number.isFinite(scale) || scale < 0 || scale > 2)
      throw refusal(`${adapter.name}: the scale must be from 0 to 2, got ${String(scale)}`);
    if (!isScalable && scale !== 1)
      throw refusal(`${adapter.name}: ${kindName(adapter)} is there or not, it has no scale; only LoRA and DoRA have one`);
  }
  if (worn.length < 2) return;
  for (const { adapter } of worn) {
    if (adapter.spec.kind !== 'lora')
      throw refusal(`${adapter.name} is ${kindName(adapter)} and is worn alone; only LoRAs can be added up`);
  }
  const owners = new Map<string, string>();
  for (const { adapter } of worn) {
    for (const name of adapter.replaced.keys()) {
      const other = owners.get(name);
      if (other !== undefined) throw refusal(`${adapter.name} and ${other} both replace ${name}; wear one of them`);
      owners.set(name, adapter.name);
    }
  }
  if (new Set(worn.map(({ adapter }) => adapter)).size < worn.length) throw refusal('an adapter is named twice; raise its scale instead');
}

function refusal(message: string): StudioError {
  return new StudioError('argument-invalid', message);
}
