/** @file Tables with a column of pictures, columns of captions and of tags; all other columns are kept. */

import { invalidFile } from '../caption-record.ts';
import { captionKeys, fileKeys } from '../caption-rows.ts';
import { detectSeparator, parseCsv } from '../csv.ts';
import { withoutFormulaGuard } from '../formula-guard.ts';
import { distinct, makeRow, readTags, type DatasetRow } from './dataset-row.ts';

/** What a column tells. */
export type CsvRole = 'file' | 'caption' | 'tags' | 'split' | 'id' | 'other';

/**
 * Reads a table with a header; several rows of one picture are joined later.
 *
 * @throws {StudioError} 'file-invalid', naming the line
 */
export function readCsvRows(name: string, text: string): readonly DatasetRow[] {
  const separator = detectSeparator(/^[^\r\n]*/u.exec(text.trimStart())?.[0] ?? '');
  const [header, ...rows] = parseCsv(name, text, separator);
  const titles = (header?.fields ?? []).map((title) => title.trim());
  const roles = csvRoles(titles);
  if (!roles.includes('file'))
    throw invalidFile({ name, line: 1 }, `the header "${titles.join(', ')}" needs a column such as file or file_name`);
  return rows.map(({ line, fields }) => {
    if (fields.length !== titles.length) {
      throw invalidFile(
        { name, line },
        `has ${String(fields.length)} fields, the header has ${String(titles.length)}; quote captions that hold a separator`,
      );
    }
    const cells = fields.map(withoutFormulaGuard);
    const of = (role: CsvRole): readonly string[] => cells.filter((_, column) => roles[column] === role);
    const [file = ''] = of('file');
    if (file.trim() === '') throw invalidFile({ name, line }, 'names no picture');
    const others = titles.flatMap((title, column) =>
      roles[column] === 'other' && fields[column] !== '' ? [[title, cells[column]] as const] : [],
    );
    return makeRow(file, {
      captions: distinct(of('caption').filter((text) => text.trim() !== '')),
      tags: distinct(of('tags').flatMap(readTags)),
      split: of('split')[0] || null,
      id: of('id')[0] || null,
      metadata: Object.fromEntries(others),
    });
  });
}

/** Tells what each column is for, by its title. */
export function csvRoles(header: readonly string[]): readonly CsvRole[] {
  const titles = header.map((title) => title.trim().toLowerCase());
  const names: readonly string[] = captionKeys;
  const fileColumn = fileKeys.map((key) => titles.indexOf(key)).find((column) => column >= 0);
  return titles.map((title, column): CsvRole => {
    if (column === fileColumn) return 'file';
    if (names.includes(title) || /^(?:caption|text|reference)[ _-]?\d+$/u.test(title)) return 'caption';
    if (title === 'tags' || title === 'split') return title;
    return title === 'image_id' || title === 'id' ? 'id' : 'other';
  });
}
