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
  /** The columns of a data set of several tables; of this one alone if left out. */
  readonly columns?: { readonly captions: number; readonly hasTags: boolean };
}

/**
 * Writes a table with a row a picture; several captions stand in numbered columns. Columns that would be empty in all rows are left out.
 *
 * @source RFC 4180
 */
export function* writeCsv(
  rows: readonly ExportItem[],
  { nameOf, fileTitle, captionTitle, isGuarded, withSplit, columns: known }: CsvWriting,
): Generator<string> {
  const own = rows.reduce((most, row) => Math.max(most, textsOf(row).length), 0);
  const hasOwnTags = rows.some(({ item }) => item.tags.length > 0);
  const columns = known?.captions ?? Math.max(1, own);
  const hasTags = known?.hasTags ?? hasOwnTags;
  const hasSplit = withSplit && rows.some(({ item }) => item.split !== null);
  const field = (text: string): string => toCsvField(isGuarded ? withFormulaGuard(text) : text);
  const line = (cells: readonly string[]): string => `${cells.map(field).join(',')}\r\n`;
  const captionTitles = Array.from({ length: columns }, (_, i) => (columns === 1 ? captionTitle : `${captionTitle}_${String(i + 1)}`));
  yield line([fileTitle, ...captionTitles, ...(hasTags ? ['tags'] : []), ...(hasSplit ? ['split'] : [])]);
  // A column that is empty in one table and not in others is no column of texts there; a blank makes it one, and is none when it is read.
  const blank = (i: number): string => (i === 0 && known !== undefined ? ' ' : '');
  for (const [i, row] of rows.entries()) {
    const texts = textsOf(row);
    const captions = captionTitles.map((_, column) => texts[column] ?? (column >= own ? blank(i) : ''));
    const { tags, split } = row.item;
    const tagText = hasOwnTags ? tags.join(', ') : blank(i);
    yield line([nameOf(row), ...captions, ...(hasTags ? [tagText] : []), ...(hasSplit ? [split ?? ''] : [])]);
  }
}
