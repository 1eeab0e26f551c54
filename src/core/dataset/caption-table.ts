/** @file Tables with a column of pictures and one or more columns of captions. */

import { createRecordCollector, invalidFile, type CaptionRecord } from './caption-record.ts';
import { captionKeys, fileKeys } from './caption-rows.ts';
import { detectSeparator, parseCsv } from './csv.ts';

/**
 * Parses a table with a header. Captions are in columns such as `caption`, `text` or `caption_1`, `caption_2`; several rows of one picture are joined.
 *
 * @throws {StudioError} 'file-invalid', naming the line
 */
export function parseCaptionTable(name: string, text: string): readonly CaptionRecord[] {
  const separator = detectSeparator(/^[^\r\n]*/u.exec(text.trimStart())?.[0] ?? '');
  const [header, ...rows] = parseCsv(name, text, separator);
  const titles = (header?.fields ?? []).map((title) => title.trim().toLowerCase());
  const fileColumn = fileKeys.map((key) => titles.indexOf(key)).find((column) => column >= 0);
  const captionColumns = titles.flatMap((title, column) => (isCaptionTitle(title) && column !== fileColumn ? [column] : []));
  if (fileColumn === undefined || captionColumns.length === 0) {
    throw invalidFile({ name, line: 1 }, `the header "${titles.join(', ')}" needs a column such as file and one such as caption`);
  }
  const collector = createRecordCollector();
  for (const { line, fields } of rows) {
    const file = fields[fileColumn]?.trim() ?? '';
    if (file === '') throw invalidFile({ name, line }, 'names no picture');
    if (fields.length !== titles.length) {
      throw invalidFile(
        { name, line },
        `has ${String(fields.length)} fields, the header has ${String(titles.length)}; quote captions that hold a separator`,
      );
    }
    const captions = captionColumns.map((column) => fields[column]?.trim() ?? '');
    // Of several columns the last ones may be empty; a single caption may be an empty one.
    collector.add(file, captionColumns.length > 1 ? captions.filter((caption) => caption !== '') : captions);
  }
  return collector.records();
}

function isCaptionTitle(title: string): boolean {
  const keys: readonly string[] = captionKeys;
  return keys.includes(title) || /^(?:caption|text|reference)[ _-]?\d+$/u.test(title);
}
