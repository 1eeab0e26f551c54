/** @file Which styles can be blended, and with what strengths that begins. */

import type { ChosenStyle, StyleRecord } from './style-record.ts';

/** A style in a blend; at 0 it is left out. */
export type BlendPart = ChosenStyle;

/** Gives the styles that add up: the LoRAs that fit the open model. */
export function blendable(all: readonly StyleRecord[]): readonly StyleRecord[] {
  return all.filter(({ summary }) => summary.kind === 'lora' && summary.fit.state !== 'other');
}

/** Says why a style cannot be blended; undefined where it can. */
export function reasonAgainstBlend(style: StyleRecord, all: readonly StyleRecord[]): string | undefined {
  const { kind, fit } = style.summary;
  if (fit.state === 'other') return fit.reason;
  if (kind !== 'lora') return 'Only LoRAs can be added up.';
  return blendable(all).length < 2 ? 'There is no other LoRA in your library to add to it.' : undefined;
}

/** Begins a blend with one style and the newest of the others, as strong as each other; the rest wait at 0. */
export function weightsFor(styles: readonly StyleRecord[], first: StyleRecord): readonly BlendPart[] {
  const others = styles.filter(({ id }) => id !== first.id).toReversed();
  return [first, ...others].map(({ id, name }, i) => ({ id, name, scale: i < 2 ? 0.5 : 0 }));
}
