/** @file The names that a LLaVA's modules have in different software. */

/**
 * Whose names: transformers from 4.52 (`model.language_model.layers.0`), transformers up to 4.51 (`language_model.model.layers.0`), the
 * original LLaVA code (`model.layers.0`).
 */
export type PeftLayout = 'hf5' | 'hf4' | 'llava';

/** All layouts, the default first. */
export const peftLayouts: readonly PeftLayout[] = ['hf5', 'hf4', 'llava'];

type Renames = readonly (readonly [from: string, to: string])[];

/** From the names of transformers ≥ 4.52, which are this studio's own; the first that fits is taken. */
const renames: Readonly<Record<PeftLayout, Renames>> = {
  hf5: [],
  hf4: [
    ['model.language_model.', 'language_model.model.'],
    ['lm_head.', 'language_model.lm_head.'],
    ['model.vision_tower.', 'vision_tower.vision_model.'],
    ['model.multi_modal_projector.', 'multi_modal_projector.'],
    ['model.image_newline', 'image_newline'],
  ],
  llava: [
    ['model.language_model.', 'model.'],
    ['model.vision_tower.', 'model.vision_tower.vision_tower.vision_model.'],
    ['model.multi_modal_projector.linear_1.', 'model.mm_projector.0.'],
    ['model.multi_modal_projector.linear_2.', 'model.mm_projector.2.'],
  ],
};

/** Gives the name of a module or tensor in a layout. */
export function layoutName(name: string, layout: PeftLayout): string {
  const dotted = `${name}.`; // so that a module's own name is found too
  const rename = renames[layout].find(([from]) => dotted.startsWith(from));
  return rename ? `${rename[1]}${dotted.slice(rename[0].length)}`.slice(0, -1) : name;
}

/** Gives a module's names in all layouts. */
export function allLayoutNames(name: string): readonly string[] {
  return peftLayouts.map((layout) => layoutName(name, layout));
}
