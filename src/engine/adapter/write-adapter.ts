/** @file Writes an adapter as files: PEFT's folder where PEFT has a form for it, always with our own description and a card. */

import { learnedCount, type LearnedAdapter } from '../../core/adapter/learned.ts';
import { promptParameter } from '../../core/adapter/soft-prompt.ts';
import { writeSafetensors } from '../../core/codec/safetensors-write.ts';
import { layoutName, type PeftLayout } from '../../core/peft/layout.ts';
import { peftConfigOf, reasonAgainstPeft, type PromptSizes } from '../../core/peft/write-config.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { adapterCardText } from './card-text.ts';
import { lowRankModules } from './low-rank.ts';
import { ownFiles, ownNames, writeDescription } from './own-form.ts';

/** Files by path. */
export type WrittenFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** How an adapter is written. */
export interface WriteOptions {
  /** Whose names; see `PeftLayout`. */
  readonly layout: PeftLayout;
  /** The decoder that it belongs to; PEFT's files of prompts and prefixes name its sizes. */
  readonly sizes: PromptSizes;
}

/**
 * Gives the files of an adapter: `adapter_config.json` and `adapter_model.safetensors` for PEFT, our description, `README.md`. What PEFT has no
 * form for is left to our own files, and the card says why.
 */
export function writeAdapter(adapter: LearnedAdapter, { layout, sizes }: WriteOptions): WrittenFiles {
  const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
  const reason = reasonAgainstPeft(adapter);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const own = new Map<string, Tensor<'float32'>>();
  if (reason === null) {
    const modules = lowRankModules(adapter).map(({ module }) => module);
    files.set('adapter_config.json', text(`${JSON.stringify(peftConfigOf(adapter, layout, modules, sizes), null, 2)}\n`));
    files.set('adapter_model.safetensors', writeSafetensors(peftTensors(adapter, modules, layout), { format: 'pt' }));
  } else {
    for (const [name, tensor] of adapter.tensors) own.set(name, tensor);
    for (const [name, tensor] of adapter.replaced) own.set(ownNames.replaced + name, tensor);
  }
  if (adapter.start) own.set(ownNames.start, adapter.start);
  if (own.size > 0) files.set(ownFiles.tensors, writeSafetensors(own));
  files.set(ownFiles.description, text(writeDescription(adapter, reason !== null)));
  files.set('README.md', text(adapterCardText(adapter, { reason, parameterCount: learnedCount(adapter) })));
  return files;
}

/** Names tensors as PEFT does. */
function peftTensors(
  { tensors, replaced }: LearnedAdapter,
  modules: readonly string[],
  layout: PeftLayout,
): ReadonlyMap<string, Tensor<'float32'>> {
  const named = new Map<string, Tensor<'float32'>>();
  const adapted = new Set(modules);
  for (const [name, tensor] of tensors) named.set(name === promptParameter ? name : peftKey(name, layout), tensor);
  for (const [name, tensor] of replaced) {
    const key = peftKey(name, layout);
    // PEFT wraps a module that has a low-rank change, so that its own weights lie one name deeper.
    named.set(adapted.has(name.replace(/\.(?:weight|bias)$/, '')) ? key.replace(/(?=\.[a-z]+$)/, '.base_layer') : key, tensor);
  }
  return named;
}

function peftKey(name: string, layout: PeftLayout): string {
  return `base_model.model.${layoutName(name, layout)}`;
}
