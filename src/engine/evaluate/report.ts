/** @file An evaluation in writing: JSON under pycocoevalcap's names, a line for each picture, and tables. */

import { formatScore } from '../../core/metric/reading.ts';
import type { ScoreRow, SystemScores } from '../../core/metric/score.ts';
import type { Evaluation } from './evaluate.ts';

/** One score in JSON. */
export interface ScoreJson {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Why there is no value. */
  readonly reason?: string;
  /** The baseline's score. */
  readonly baseline?: number | null;
  /** How likely a difference at least this clear would be between equal systems. */
  readonly p?: number | null;
}

/** Which scores are shown; undefined for all. */
export type ShownScores = ReadonlySet<string> | undefined;

/** Writes an evaluation as one object, a member for each score. */
export function toScoresJson(evaluation: Evaluation, shown: ShownScores): Readonly<Record<string, ScoreJson>> {
  const baseline = new Map(evaluation.baseline?.rows.map((row) => [row.name, row]));
  return Object.fromEntries(
    shownRows(evaluation.system, shown).map(({ name, value, low, high, reason }) => [
      name,
      {
        value,
        low,
        high,
        ...(reason !== undefined && { reason }),
        ...(evaluation.baseline && { baseline: baseline.get(name)?.value ?? null, p: evaluation.pValues.get(name) ?? null }),
      },
    ]),
  );
}

/** Writes the scores of each picture as JSON lines, with its name and caption; null where no score that is shown is of single pictures. */
export function toPictureLines(scores: SystemScores, shown: ShownScores): string | null {
  const rows = shownRows(scores, shown).filter((row) => row.pictures !== undefined);
  if (rows.length === 0) return null;
  const lines = scores.files.map((file, picture) =>
    JSON.stringify({
      file,
      caption: scores.captions[picture]?.text ?? '',
      ...Object.fromEntries(rows.map((row) => [row.name, row.pictures?.[picture] ?? null])),
    }),
  );
  return `${lines.join('\n')}\n`;
}

/** Writes an evaluation as a table for the terminal, intervals in brackets. */
export function toTextTable(evaluation: Evaluation, shown: ShownScores): string {
  const baseline = new Map(evaluation.baseline?.rows.map((row) => [row.name, row.value]));
  const rows = shownRows(evaluation.system, shown).map((row) => [
    row.name,
    row.value === null ? '–' : formatScore(row.name, row.value),
    row.reason ?? (row.low === null || row.high === null ? '' : `[${formatScore(row.name, row.low)}, ${formatScore(row.name, row.high)}]`),
    ...(evaluation.baseline ? baselineCells(row.name, baseline.get(row.name) ?? null, evaluation.pValues.get(row.name)) : []),
  ]);
  const header = ['score', 'value', '95 % interval', ...(evaluation.baseline ? ['baseline', 'p'] : [])];
  return alignColumns([header, ...rows]);
}

function shownRows(scores: SystemScores, shown: ShownScores): readonly ScoreRow[] {
  return shown === undefined ? scores.rows : scores.rows.filter(({ name }) => shown.has(name));
}

function baselineCells(name: string, value: number | null, p: number | undefined): readonly string[] {
  return [value === null ? '–' : formatScore(name, value), p === undefined ? '' : p.toFixed(3)];
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (isReason(row, column) ? 0 : (row[column]?.length ?? 0)))),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 1 || column > 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      );
      return cells.join('  ').trimEnd();
    })
    .join('\n');
}

/** A reason may run over: it is longer than any interval. */
function isReason(row: readonly string[], column: number): boolean {
  return column === 2 && row[1] === '–';
}
