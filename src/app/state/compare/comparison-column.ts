/** @file Columns of a comparison: what they are called, what stands in their way, and which captions are theirs. */

import type { Members } from '../../../core/dataset/caption-record.ts';
import type { ModelAuthor, Author } from '../../../core/dataset/item.ts';
import type { ComparisonColumn } from './comparison-record.ts';
import { signDecoding } from '../queue/recipe.ts';
import { sayChanges } from '../prompt/say-decoding.ts';
import { isWrittenIn, labelOf, signOf, type ChosenStyle, type StyleRecord } from '../styles/style-record.ts';

/** A column's name in two lines. */
export interface ColumnName {
  /** The style with its strength. */
  readonly title: string;
  /** The prompt, and what else tells it from the others. */
  readonly subtitle: string;
}

/** What columns are asked for in; without an id. */
export type ColumnDraft = Omit<ComparisonColumn, 'id'>;

/** What a column's style is called when there is none. */
export const asItIs = 'Zero-shot';

/** Tells whether two columns would hold the same captions. */
export function isSameColumn(a: ColumnDraft, b: ColumnDraft): boolean {
  return waysOf(a) === waysOf(b);
}

function waysOf({ model, recipe: { prompt, system, changes, style } }: ColumnDraft): string {
  return JSON.stringify([model.sha256, prompt, system, orderedOptions(changes), style?.id ?? null, style?.scale ?? 1]);
}

/** Options by name, so that two lists of the same compare as one. */
function orderedOptions(options: Members): string {
  return JSON.stringify(Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Gives a column's style by its present name; null is the model as it is. */
export function styleOf({ recipe: { style } }: ColumnDraft, styles: readonly StyleRecord[]): ChosenStyle | null {
  if (!style) return null;
  return { ...style, name: styles.find(({ id }) => id === style.id)?.name ?? style.name };
}

/** Names columns; the model is told where they have several. */
export function nameColumn(column: ColumnDraft, all: readonly ColumnDraft[], styles: readonly StyleRecord[]): ColumnName {
  const style = styleOf(column, styles);
  const { label, changes, system } = column.recipe;
  const options = sayChanges(changes);
  const parts = [
    label,
    ...(new Set(all.map(({ model }) => model.sha256)).size > 1 ? [column.model.name] : []),
    ...(system === null ? [] : ['own system prompt']),
    ...(options === '' ? [] : [options]),
  ];
  return { title: style === null ? asItIs : labelOf(style), subtitle: parts.join(' · ') };
}

/** What a column's captions are signed with. */
export function authorOf(column: ColumnDraft, styles: readonly StyleRecord[]): ModelAuthor {
  return {
    kind: 'model',
    model: column.model.name,
    ...signOf(styleOf(column, styles)),
    prompt: column.recipe.prompt,
    ...signDecoding(column.recipe),
  };
}

/** Tells whether a caption was written as the column's are, as far as captions remember. */
export function isOfColumn(author: Author, { model, recipe }: ColumnDraft): boolean {
  return (
    isWrittenIn(author, recipe.style ?? null) &&
    author.model === model.name &&
    author.prompt === recipe.prompt &&
    orderedOptions(author.decoding ?? {}) === orderedOptions(recipe.changes)
  );
}

/** Tells why no caption can be written for a column now; undefined where it can. @param openSha256 of the open model, where one is */
export function troubleOf(
  { model, recipe }: ColumnDraft,
  openSha256: string | undefined,
  styles: readonly StyleRecord[],
): string | undefined {
  if (openSha256 !== undefined && openSha256 !== model.sha256) return `It needs ${model.name}: choose it in Models.`;
  if (!recipe.style) return undefined;
  const style = styles.find(({ id }) => id === recipe.style?.id);
  if (style === undefined) return 'Its style is not here any more.';
  return style.summary.fit.state === 'other' ? style.summary.fit.reason : undefined;
}
