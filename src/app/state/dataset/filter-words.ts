/** @file What can be typed in the search field: values that the pictures have, the commonest first. */

import type { FilterVocabulary } from '../../../core/dataset/filter/complete.ts';
import { closedValues } from '../../../core/dataset/filter/closed-values.ts';
import { folderOf } from '../../../core/dataset/item.ts';
import type { Card } from '../cards/card.svelte.ts';

/** Values beyond this are found by typing on. */
const maxValues = 2000;

/** Collects the values that filters can ask for. */
export function filterVocabulary(cards: readonly Card[], scores: readonly string[] = []): FilterVocabulary {
  const tags = new Counter();
  const folders = new Counter();
  const splits = new Counter();
  const models = new Counter();
  const styles = new Counter();
  for (const { content, author, place } of cards) {
    for (const tag of content.tags) tags.add(tag);
    folders.add(folderOf(place.path));
    splits.add(place.split);
    if (author?.kind !== 'model') continue;
    models.add(author.model);
    styles.add(author.style);
  }
  return {
    values: {
      tag: tags.values(),
      folder: folders.values(),
      split: splits.values(),
      model: models.values(),
      style: styles.values(),
      ...closedValues,
      is: closedValues.is?.filter((mark) => mark !== 'missing') ?? [], // that is the command line's
    },
    scores: scores.map((name) => name.toLowerCase()),
  };
}

class Counter {
  readonly #counts = new Map<string, number>();

  add(value: string | null): void {
    if (value !== null && value !== '') this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  values(): readonly string[] {
    return [...this.#counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, maxValues)
      .map(([value]) => value);
  }
}
