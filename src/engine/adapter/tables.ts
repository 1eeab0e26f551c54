/** @file Adapters that make the tables of a model two that were one: its embeddings, and the head that is tied to them. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { headModule } from '../../../models/decoder/layer.ts';
import { tableNames } from '../../../models/tensor-names.ts';
import type { DecoderConfig } from '../../../models/decoder/config.ts';

type Changes = Pick<LearnedAdapter, 'spec' | 'tensors' | 'replaced'>;

/**
 * Tells whether an adapter replaces only one of two tied tables, or both by others. PEFT leaves the other one as it is. Full fine-tuning here
 * learns the one table for both, so that its embeddings alone are both.
 *
 * @source peft 0.21.2, ModulesToSaveWrapper, which copies a module and leaves those that are tied to it
 */
export function partsTables({ isHeadTied }: Pick<DecoderConfig, 'isHeadTied'>, { spec, replaced }: Changes): boolean {
  if (!isHeadTied) return false;
  return replaced.has(tableNames.head) || (spec.kind !== 'weights' && replaced.has(tableNames.embedding));
}

/** Tells whether a change of an adapter would be one of the embeddings as well, were it merged into the table that both share. */
export function changesSharedTable(config: Pick<DecoderConfig, 'isHeadTied'>, adapter: Changes): boolean {
  return partsTables(config, adapter) || (config.isHeadTied && adapter.tensors.has(`${headModule}.lora_A.weight`));
}
