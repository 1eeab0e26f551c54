/** @file The gallery's captions as a system to score. */

import type { CaptionConditions } from '../../../core/dataset/caption-conditions.ts';
import { toJsonLines } from '../dataset/captions-file.ts';
import type { Card } from '../cards/card.svelte.ts';
import { distinctNames } from '../cards/distinct-names.ts';
import { toConditions, toPlan } from './evaluation-plan.ts';

/** A file of captions with how they were made. */
export interface GallerySystem {
  readonly file: File;
  readonly madeWith: readonly string[];
  /** Absent where captions were made in several ways, or not all by a model whose hash is known. */
  readonly conditions?: CaptionConditions;
}

/** Writes the gallery's captions as a file; undefined when no picture has one. */
export function toGallerySystem(cards: readonly Card[]): GallerySystem | undefined {
  const names = distinctNames(cards);
  const captioned = cards.filter(({ text }) => text !== '');
  if (captioned.length === 0) return undefined;
  const edited = captioned.filter(({ isEdited }) => isEdited).length;
  const ways = [...new Map(captioned.map((card) => [JSON.stringify(conditionsOf(card)), conditionsOf(card)])).values()];
  const [only] = ways;
  return {
    file: new File([toJsonLines(captioned, names)], 'gallery.jsonl', { type: 'application/jsonl' }),
    madeWith: [
      ...new Set(captioned.map((card) => describeCard(card))),
      ...(edited > 0 ? [`${String(edited)} of ${String(captioned.length)} edited by hand`] : []),
    ],
    ...(ways.length === 1 && only && edited === 0 && { conditions: only }),
  };
}

type Captioned = Pick<Card, 'id' | 'name' | 'place' | 'content' | 'versions'>;

/** Writes the captions that came with the gallery's data set as references, whatever was written over them since; undefined when there are none. */
export function toGalleryReferences(cards: readonly Captioned[]): File | undefined {
  const names = distinctNames(cards);
  const references = cards
    .map((card) => [names.get(card.id) ?? card.name, [...new Set(captionsThatCame(card))]] as const)
    .filter(([, texts]) => texts.length > 0);
  if (references.length === 0) return undefined;
  return new File([JSON.stringify(Object.fromEntries(references))], 'gallery-references.json', { type: 'application/json' });
}

/** Tells whether captions came with any of the gallery's pictures. */
export function hasReferences(cards: readonly Captioned[]): boolean {
  return cards.some((card) => captionsThatCame(card).length > 0);
}

function captionsThatCame({ content, versions }: Captioned): readonly string[] {
  return [...content.captions, ...versions].flatMap(({ text, author }) => (author.kind === 'file' ? [text] : []));
}

function conditionsOf({ report, recipe }: Card): CaptionConditions | undefined {
  if (report?.modelSha256 === undefined) return undefined;
  return toConditions(toPlan({ name: report.modelName, sha256: report.modelSha256 }, recipe));
}

function describeCard({ report, recipe }: Card): string {
  if (report === undefined) return 'Written by hand';
  const hash = report.modelSha256 === undefined ? '' : `, SHA-256 ${report.modelSha256}`;
  const style = recipe.style ? `\nStyle: ${recipe.style.name} at ${String(recipe.style.scale)}` : '';
  const decoding = Object.keys(recipe.changes).length === 0 ? 'the model’s own' : JSON.stringify(recipe.changes);
  return `Model: ${report.modelName}${hash}${style}\nThe whole text: ${report.exactPrompt}\nDecoding: ${decoding}`;
}
