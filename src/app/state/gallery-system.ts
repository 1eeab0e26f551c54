/** @file The gallery's captions as a system to score. */

import { toJsonLines } from './captions-file.ts';
import type { Card } from './card.svelte.ts';

/** A file of captions with how they were made. */
export interface GallerySystem {
  readonly file: File;
  readonly madeWith: readonly string[];
}

/** Writes the gallery's captions as a file; undefined when no picture has one. */
export function toGallerySystem(cards: readonly Card[]): GallerySystem | undefined {
  const captioned = cards.filter(({ text }) => text !== '');
  if (captioned.length === 0) return undefined;
  const edited = captioned.filter(({ isEdited }) => isEdited).length;
  const madeWith = new Set(
    captioned.map(({ report, recipe }) => {
      if (report === undefined) return 'Written by hand';
      const decoding = Object.keys(recipe.changes).length === 0 ? 'the model’s own' : JSON.stringify(recipe.changes);
      return `Model: ${report.modelName}\nPrompt: ${report.exactPrompt}\nDecoding: ${decoding}`;
    }),
  );
  return {
    file: new File([toJsonLines(captioned)], 'gallery.jsonl', { type: 'application/jsonl' }),
    madeWith: [...madeWith, ...(edited > 0 ? [`${String(edited)} of ${String(captioned.length)} edited by hand`] : [])],
  };
}
