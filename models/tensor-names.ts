/** @file One name for each tensor, whichever software wrote the checkpoint. */

/** The tables of tokens: that which is looked up, and that which makes logits. Models whose head is tied have only the first. */
export const tableNames = { embedding: 'model.language_model.embed_tokens.weight', head: 'lm_head.weight' } as const;

/** Tried in order; the first that fits gives the name. */
const rules: readonly (readonly [pattern: RegExp, name: string])[] = [
  // transformers, in all its layouts; 5 leaves `vision_model` out
  [/^(?:model\.)?language_model\.lm_head\./, 'lm_head.'],
  [/^(?:model\.)?language_model\.(?:model\.)?/, 'model.language_model.'],
  [/^(?:model\.)?vision_tower\.(?:vision_tower\.)?(?:vision_model\.)?/, 'model.vision_tower.'],
  [/^(?:model\.)?multi_modal_projector\./, 'model.multi_modal_projector.'],
  [/^(?:model\.)?image_newline$/, 'model.image_newline'],
  // the original code, whose decoder is the model itself
  [/^model\.mm_projector\.0\./, 'model.multi_modal_projector.linear_1.'],
  [/^model\.mm_projector\.2\./, 'model.multi_modal_projector.linear_2.'],
  [/^model\.(?=(?:layers|embed_tokens|norm)\.)/, 'model.language_model.'],
];

/**
 * Gives a tensor's name as transformers ≥ 4.52 writes it (without `vision_model`), from that layout, the ones before and after, or the
 * original code's.
 *
 * @source transformers 4.51, 4.52 and 5.23, `_checkpoint_conversion_mapping` of the LLaVA models; haotian-liu/LLaVA 1.2, llava_arch.py
 */
export function canonicalName(name: string): string {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule ? name.replace(rule[0], rule[1]) : name;
}
