/** @file Rows and columns of an export that a CSV table does not have yet. */

import { detectSeparator, parseCsv } from '../csv.ts';
import { csvRoles, type CsvRole } from '../read/read-csv.ts';
import { missingRows } from './grow-json.ts';
import { editText } from './json-members.ts';
import { writeFields } from './merge-cells.ts';
import type { TableText } from './merged-table.ts';

/** Puts columns for captions, tags and splits behind the others where there are too few, and rows of pictures that have none behind the rows. */
export function growCsv(table: TableText, fresh: string, pictures: readonly string[]): string {
  const own = openCells({ ...table, text: fresh });
  const wide = widen(table, own.roles);
  const there = openCells(wide);
  const missing = new Set(missingRows(wide, fresh, pictures).map(({ start }) => start));
  const lines = own.rows
    .filter(({ start }) => missing.has(start))
    .map(({ fields }) => writeFields(moveCells(fields, own.roles, there.roles), there.separator));
  if (lines.length === 0) return wide.text;
  const lineEnd = /\r\n/u.test(wide.text) ? '\r\n' : '\n';
  return wide.text + (wide.text.endsWith('\n') ? '' : lineEnd) + lines.map((line) => line + lineEnd).join('');
}

function openCells({ path, text }: TableText): {
  readonly separator: string;
  readonly titles: readonly string[];
  readonly roles: readonly CsvRole[];
  readonly rows: ReturnType<typeof parseCsv>;
} {
  const content = text.replace(/^\uFEFF/u, '');
  const mark = text.length - content.length;
  const separator = detectSeparator(/^[^\r\n]*/u.exec(content.trimStart())?.[0] ?? '');
  const [header, ...rows] = parseCsv(path, content, separator).map((row) => ({ ...row, start: row.start + mark, end: row.end + mark }));
  const titles = header?.fields ?? [];
  return { separator, titles, roles: csvRoles(titles), rows };
}

/** Adds columns of roles that another table has more of. */
function widen(table: TableText, wanted: readonly CsvRole[]): TableText {
  const { separator, titles, roles } = openCells(table);
  const count = (list: readonly CsvRole[], role: CsvRole): number => list.filter((one) => one === role).length;
  const captions = Array.from({ length: Math.max(0, count(wanted, 'caption') - count(roles, 'caption')) }, (_, i) =>
    count(roles, 'caption') + i === 0 ? 'caption' : `caption_${String(count(roles, 'caption') + i + 1)}`,
  );
  const others = (['tags', 'split'] as const).filter((role) => count(wanted, role) > count(roles, role));
  const added = [...captions, ...others];
  if (added.length === 0) return table;
  const content = table.text.replace(/^\uFEFF/u, '');
  const mark = table.text.length - content.length;
  const edits = parseCsv(table.path, content, separator).map(({ end, fields }, i) => {
    const short = Math.max(0, titles.length - fields.length);
    const cells = [...Array.from({ length: short }, () => ''), ...added.map((title) => (i === 0 ? title : ''))];
    return { start: end + mark, end: end + mark, text: cells.map((cell) => separator + cell).join('') };
  });
  return { ...table, text: editText(table.text, edits) };
}

/** Puts the cells of a row under the columns of another table. */
function moveCells(fields: readonly string[], from: readonly CsvRole[], to: readonly CsvRole[]): readonly string[] {
  const cells = (['file', 'caption', 'tags', 'split', 'id'] as const).map(
    (role) => [role, fields.filter((_, column) => from[column] === role)] as const,
  );
  const left = new Map<CsvRole, string[]>(cells.map(([role, texts]) => [role, [...texts]]));
  return to.map((role) => left.get(role)?.shift() ?? '');
}
