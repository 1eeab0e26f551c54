/** @file One name for each tensor, whichever software wrote the checkpoint. */

/**
 * Gives a tensor's name as transformers ≥ 4.52 writes it, from that layout or the one before 4.52.
 *
 * @source transformers 4.51 and 5.23, `_checkpoint_conversion_mapping` of the LLaVA models
 */
export function canonicalName(name: string): string {
  const rest = /^(?:model\.)?language_model\.(?:model\.)?(?!lm_head)(.*)$/.exec(name);
  if (rest) return `model.language_model.${rest[1] ?? ''}`;
  if (/^(language_model\.)?lm_head\./.test(name)) return name.replace('language_model.', '');
  if (/^(multi_modal_projector|vision_tower)\./.test(name)) return `model.${name}`;
  if (name === 'image_newline') return 'model.image_newline';
  return name;
}
