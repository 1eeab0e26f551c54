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

/** A style as captions are asked for in it. */
export interface ChosenStyle {
  readonly id: string;
  readonly name: string;
  /** From 0 to 2; 1 is as learned. */
  readonly scale: number;
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
