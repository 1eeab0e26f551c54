/** @file Puts captions and tags into one row of a CSV table; its other cells stay what they are. */

import { withFormulaGuard } from '../formula-guard.ts';
import type { CsvRole } from '../read/read-csv.ts';
import type { Saying } from './merge-object.ts';

/** Gives the row with other captions and tags, or null where the table has too few columns for them. */
export function mergeCells(
  fields: readonly string[],
  roles: readonly CsvRole[],
  {
    saying,
    changes,
  }: { readonly saying: Saying; readonly changes: { readonly captions: boolean; readonly tags: boolean; readonly split: boolean } },
): readonly string[] | null {
  const columns = (wanted: CsvRole): readonly number[] => roles.flatMap((role, column) => (role === wanted ? [column] : []));
  const merged = [...fields];
  const captions = columns('caption');
  const tags = columns('tags');
  if (changes.captions) {
    if (saying.captions.length > captions.length) return null;
    captions.forEach((column, i) => (merged[column] = withFormulaGuard(saying.captions[i] ?? '')));
  }
  if (changes.tags) {
    if (tags.length === 0) return null;
    tags.forEach((column, i) => (merged[column] = withFormulaGuard(i === 0 ? saying.tags.join(', ') : '')));
  }
  if (changes.split) {
    const [column] = columns('split');
    if (column === undefined) return null;
    merged[column] = withFormulaGuard(saying.split ?? '');
  }
  return merged;
}

/** Writes a row's fields. @source RFC 4180, with any separator */
export function writeFields(fields: readonly string[], separator: string): string {
  return fields
    .map((field) => (/["\r\n]|^\s|\s$/u.test(field) || field.includes(separator) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(separator);
}
