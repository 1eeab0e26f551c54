/** @file A comparison of captions as a table: a row for each picture and each way of captioning it. */

import { withFormulaGuard } from '../formula-guard.ts';
import { toCsvField } from '../csv.ts';

/** One caption of one picture. */
export interface ComparisonRow {
  /** Where the picture lies below its data set. */
  readonly file: string;
  readonly model: string;
  /** null is the model as it is. */
  readonly style: string | null;
  /** 1 is as learned; null without a style. */
  readonly strength: number | null;
  readonly prompt: string;
  /** null where none was written. */
  readonly caption: string | null;
  /** Whether it is the one that was chosen for the picture. */
  readonly chosen: boolean;
  /** Whether the picture was judged without names; where none of its rows is chosen, no caption was better. */
  readonly blind: boolean;
}

const columns = ['file', 'model', 'style', 'strength', 'prompt', 'caption', 'chosen', 'blind'] as const satisfies (keyof ComparisonRow)[];

/** Writes a CSV table with a header; what a spreadsheet would compute gets an apostrophe in front. @source RFC 4180 */
export function* writeComparisonCsv(rows: readonly ComparisonRow[]): Generator<string> {
  yield `${columns.join(',')}\r\n`;
  for (const row of rows) yield `${columns.map((name) => toCsvField(withFormulaGuard(toCell(row[name])))).join(',')}\r\n`;
}

/** Writes one JSON object a line, members in the order of the table's columns. */
export function* writeComparisonLines(rows: readonly ComparisonRow[]): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name]])))}\n`;
}

function toCell(value: string | number | boolean | null): string {
  return value === null ? '' : String(value);
}
