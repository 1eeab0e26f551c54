/** @file What the keys of an adapter's file mean. */

import { canonicalName } from '../../../models/tensor-names.ts';

/** A key's meaning, with names as transformers ≥ 4.52 has them. */
export type KeyMeaning =
  | { readonly kind: 'factor'; readonly module: string; readonly part: 'A' | 'B' | 'magnitude' }
  /** A low-rank change of something that is no linear layer. */
  | { readonly kind: 'table-factor' }
  | { readonly kind: 'rows' }
  | { readonly kind: 'weight'; readonly name: string };

/** PEFT strips the adapter's name, which early versions called `default`. */
const factorKey = /^(.*)\.lora_(?:(A|B)(?:\.default)?\.weight|magnitude_vector(?:\.default)?(?:\.weight)?)$/;

const tableFactorKey = /\.lora_embedding_[AB](?:\.default)?$/;

/** Tells what a key means; what looks like nothing known is a weight of that name. */
export function meaningOf(key: string): KeyMeaning {
  if (key === 'prompt_embeddings') return { kind: 'rows' };
  const inner = key.replace(/^base_model\.model\./, '');
  const factor = factorKey.exec(inner);
  if (factor) {
    const part = factor[2] === 'A' || factor[2] === 'B' ? factor[2] : 'magnitude';
    return { kind: 'factor', module: moduleName(factor[1] ?? ''), part };
  }
  if (tableFactorKey.test(inner)) return { kind: 'table-factor' };
  return { kind: 'weight', name: canonicalName(inner.replace(/\.(?:modules_to_save(?:\.default)?|base_layer)(?=\.)/, '')) };
}

/** Names a module by the rules for its tensors. */
export function moduleName(module: string): string {
  return canonicalName(`${module}.weight`).slice(0, -'.weight'.length);
}
