/** @file A card as the filter language sees it. */

import type { CaptionScores } from '../../../core/dataset/filter/caption-scores.ts';
import type { FilterRecord } from '../../../core/dataset/filter/record.ts';
import type { Card } from './card.svelte.ts';

/** What a filter may ask of a card that the card itself does not know. */
export interface FilterContext {
  readonly isSelected: (card: Card) => boolean;
  readonly flagsOf: (card: Card) => readonly string[];
  /** Further marks: such as `duplicate`. */
  readonly marksOf: (card: Card) => readonly string[];
  readonly countTokens: (card: Card) => number | null;
  readonly scoresOf: (card: Card) => CaptionScores;
}

/** Shows a card to a filter; what is costly, or would change too often, is looked up only when a filter asks for it. */
export function filterRecordOf(card: Card, context: FilterContext): FilterRecord {
  const { content, author, place, size } = card;
  return {
    path: place.path,
    captions: content.captions.map(({ text }) => text),
    tags: content.tags,
    split: place.split,
    state: card.isBusy ? 'waiting' : card.state,
    style: author?.kind === 'model' ? author.style : null,
    model: author?.kind === 'model' ? author.model : null,
    by: author?.kind ?? null,
    get flags() {
      return context.flagsOf(card);
    },
    get marks() {
      const marks = [...context.marksOf(card)];
      if (card.isEdited) marks.push('edited');
      if (card.isAccepted) marks.push('accepted');
      if (card.error?.code === 'picture-invalid') marks.push('broken');
      if (context.isSelected(card)) marks.push('selected');
      return marks;
    },
    get tokens() {
      return context.countTokens(card);
    },
    width: size?.width ?? null,
    height: size?.height ?? null,
    byteLength: card.sizeBytes,
    get scores() {
      return context.scoresOf(card);
    },
  };
}
