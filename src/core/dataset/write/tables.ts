/** @file CSV: a table for spreadsheets, and the metadata of picture folders. */

import { toCsvField } from '../csv.ts';
import { withFormulaGuard } from '../formula-guard.ts';
import { textsOf, type ExportItem } from './export-item.ts';

/** What the columns are called and whether cells are guarded against being computed. */
export interface CsvWriting {
  readonly nameOf: (row: ExportItem) => string;
  readonly fileTitle: string;
  readonly captionTitle: string;
  readonly isGuarded: boolean;
  /** Picture folders say it by their folders. */
  readonly withSplit: boolean;
}

/**
 * Writes a table with a row a picture; several captions stand in numbered columns. Columns that would be empty in all rows are left out.
 *
 * @source RFC 4180
 */
export function* writeCsv(
  rows: readonly ExportItem[],
  { nameOf, fileTitle, captionTitle, isGuarded, withSplit }: CsvWriting,
): Generator<string> {
  const columns = Math.max(1, ...rows.map((row) => textsOf(row).length));
  const hasTags = rows.some(({ item }) => item.tags.length > 0);
  const hasSplit = withSplit && rows.some(({ item }) => item.split !== null);
  const field = (text: string): string => toCsvField(isGuarded ? withFormulaGuard(text) : text);
  const line = (cells: readonly string[]): string => `${cells.map(field).join(',')}\r\n`;
  const captionTitles = Array.from({ length: columns }, (_, i) => (columns === 1 ? captionTitle : `${captionTitle}_${String(i + 1)}`));
  yield line([fileTitle, ...captionTitles, ...(hasTags ? ['tags'] : []), ...(hasSplit ? ['split'] : [])]);
  for (const row of rows) {
    const texts = textsOf(row);
    const captions = captionTitles.map((_, i) => texts[i] ?? '');
    const { tags, split } = row.item;
    yield line([nameOf(row), ...captions, ...(hasTags ? [tags.join(', ')] : []), ...(hasSplit ? [split ?? ''] : [])]);
  }
}
