/** @file The captions that a comparison lacks: those that pictures have already are taken, the others wished for. */

import { StudioError } from '../../../core/error.ts';
import type { Author } from '../../../core/dataset/item.ts';
import { literalTemplate } from '../../../core/dataset/template/template.ts';
import type { Card } from '../cards/card.svelte.ts';
import { isOfColumn } from './comparison-column.ts';
import type { ComparisonColumn } from './comparison-record.ts';
import { subjectOf } from '../dataset/dataset-items.ts';
import type { Library } from '../cards/library.svelte.ts';
import type { Model } from '../models/model.svelte.ts';
import { fillPrompt } from '../queue/recipe.ts';
import type { CaptionWish, SystemCaptions, WrittenCaption } from './system-captions.svelte.ts';

/** Pictures whose captions are written one column after the other: enough for a job, few enough for rows to fill one after another. */
const stretch = 16;

/** Finds captions that pictures have or had, for columns that lack them. */
export function findKnown(
  columns: readonly ComparisonColumn[],
  cards: readonly Card[],
  captions: SystemCaptions,
): readonly WrittenCaption[] {
  return columns.flatMap((column) => {
    const written = captions.of(column.id);
    return cards.flatMap((card) => {
      if (written.has(card.id) || card.recipe.system !== column.recipe.system) return []; // versions do not tell the system prompt; the card tells that of the last
      const version = card.versions.find(({ author }) => isOfColumn(author, column) && tellsOptions(author, card));
      if (version === undefined) return [];
      return [{ systemId: column.id, file: card.id, text: version.text, error: null, exactPrompt: '' }];
    });
  });
}

/** Captions of earlier releases do not tell their options: those of a card that has some now may have had them then. */
function tellsOptions(author: Author, card: Card): boolean {
  return (author.kind === 'model' && author.decoding !== undefined) || Object.keys(card.recipe.changes).length === 0;
}

/** What wishes stand on. */
export interface WishParts {
  readonly library: Pick<Library, 'read'>;
  readonly model: Pick<Model, 'summary'>;
  readonly captions: SystemCaptions;
}

/** Wishes for the captions that columns lack, in the order in which rows fill soonest. */
export function makeWishes(columns: readonly ComparisonColumn[], cards: readonly Card[], parts: WishParts): readonly CaptionWish[] {
  const written = columns.map(({ id }) => parts.captions.of(id));
  const wishes: CaptionWish[] = [];
  for (let start = 0; start < cards.length; start += stretch) {
    const some = cards.slice(start, start + stretch);
    for (const [place, column] of columns.entries()) {
      wishes.push(...some.filter(({ id }) => written[place]?.has(id) !== true).map((card) => makeWish(column, card, parts)));
    }
  }
  return wishes;
}

function makeWish(column: ComparisonColumn, card: Card, { library, model }: WishParts): CaptionWish {
  // Told of the picture as it is now: the card that stands for the caption knows nothing of it.
  const { prompt } = fillPrompt(column.recipe, subjectOf(card));
  return {
    systemId: column.id,
    file: card.id,
    name: card.name,
    recipe: { ...column.recipe, prompt: literalTemplate(prompt) },
    open: async () => {
      const open = model.summary;
      if (open !== undefined && open.sha256 !== column.model.sha256) {
        throw new StudioError(
          'argument-invalid',
          `${card.name}: wanted from ${column.model.name}, but ${open.name} is open; choose the model in Models, then try again`,
        );
      }
      return library.read(card);
    },
  };
}
