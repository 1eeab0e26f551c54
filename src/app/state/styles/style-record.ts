/** @file A style in the library of this browser. */

import type { AdapterSummary } from '../../../../workers/adapters-api.ts';
import type { Author, ModelAuthor } from '../../../core/dataset/item.ts';

/** What is kept of a style. */
export interface StyleRecord {
  /** As the engine's thread names it: made from the adapter's bytes. */
  readonly id: string;
  readonly name: string;
  /** The zip that `loadAdapter` reads. */
  readonly zip: Blob;
  readonly addedAtMs: number;
  /** What was known of it when it was last loaded. */
  readonly summary: AdapterSummary;
}

/** A style with its bytes, which is all that the engine needs. */
export type StyleFile = Pick<StyleRecord, 'id' | 'name' | 'zip'>;

/** Larger ones are laid out when they are chosen, not before: they take a model's memory once more. @unit bytes */
export const largeStyleBytes = 64e6;

/** A style as captions are asked for in it. */
export interface ChosenStyle {
  readonly id: string;
  readonly name: string;
  /** From 0 to 2; 1 is as learned. */
  readonly scale: number;
}

/** Takes the stored styles over in their order; what is known of one that did not change stays. */
export function joinStyles(known: readonly StyleRecord[], stored: readonly StyleRecord[]): readonly StyleRecord[] {
  return inOrder(stored).map((style) => known.find(({ id, name }) => id === style.id && name === style.name) ?? style);
}

/** Puts styles in the order of their numbers. */
export function inOrder(styles: readonly StyleRecord[]): readonly StyleRecord[] {
  return styles.toSorted((a, b) => a.addedAtMs - b.addedAtMs);
}

/** A time after all that are here, so that the order of styles, and their numbers, hold over a reload. */
export function nextMs(styles: readonly StyleRecord[]): number {
  return Math.max(Date.now(), 1 + Math.max(0, ...styles.map(({ addedAtMs }) => addedAtMs)));
}

/** Gives a name that no style has: the wanted one, or that with a number. */
export function freeName(wanted: string, styles: readonly StyleRecord[]): string {
  const taken = new Set(styles.map(({ name }) => name));
  let free = wanted;
  for (let count = 2; taken.has(free); count++) free = `${wanted} ${String(count)}`;
  return free;
}

/** Names a style with its strength: captions of different strengths are different. */
export function labelOf({ name, scale }: ChosenStyle): string {
  return scale === 1 ? name : `${name} × ${String(scale)}`;
}

/** What a caption that is written in a style is signed with. */
export function signOf(style: ChosenStyle | null): Pick<ModelAuthor, 'style' | 'worn'> {
  return style === null ? { style: null } : { style: labelOf(style), worn: { id: style.id, scale: style.scale } };
}

/** Tells whether a model wrote a caption in a style at this strength; captions of earlier versions are known by the style's name alone. */
export function isWrittenIn(author: Author, style: ChosenStyle | null): author is ModelAuthor {
  if (author.kind !== 'model') return false;
  if (style === null) return author.style === null;
  const { worn } = author;
  return worn === undefined ? author.style === labelOf(style) : worn.id === style.id && worn.scale === style.scale;
}

/** The drawer's name. */
export const styleDrawer = 'styles';
