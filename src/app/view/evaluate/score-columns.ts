/** @file The score table's cells as data and as words: one column for each system on each set of references. */

import { formatScore } from '../../../core/metric/reading.ts';
import type { EvaluationOutcome } from '../../state/evaluate/evaluation-record.ts';
import { nameOf } from '../../state/evaluate/evaluation-table.ts';

type Row = EvaluationOutcome['sets'][number]['systems'][number]['rows'][number];

/** One system on one set of references. */
export interface ScoreColumn {
  readonly key: string;
  readonly systemId: string;
  readonly referencesId: string;
  readonly references: string;
  readonly system: string;
  readonly rows: ReadonlyMap<string, Row>;
}

/** Lays out an outcome, set by set. */
export function toColumns({ inputs, sets }: EvaluationOutcome): readonly ScoreColumn[] {
  return sets.flatMap((set) =>
    set.systems.map(({ id, rows }) => ({
      key: `${set.referencesId} ${id}`,
      systemId: id,
      referencesId: set.referencesId,
      references: nameOf(inputs.references, set.referencesId),
      system: nameOf(inputs.systems, id),
      rows: new Map(rows.map((row) => [row.name, row])),
    })),
  );
}

/** Tells a score's interval and, against a baseline, its p, a line each; none where the score has neither. */
export function sayCertainty({ name, low, high, p }: Row, baseline: string | undefined): readonly string[] {
  return [
    ...(low === null || high === null ? [] : [`95 % between ${formatScore(name, low)} and ${formatScore(name, high)}`]),
    ...(p === null || baseline === undefined ? [] : [`p = ${p.toFixed(3)} against ${baseline}`]),
  ];
}

/** What a reader who cannot see the table is told of a score. */
export function describeScore(row: Row, baseline: string | undefined): string {
  const value = row.value === null ? 'none' : formatScore(row.name, row.value);
  return `${[value, ...sayCertainty(row, baseline)].join(', ')}. Show the pictures.`;
}

/** What a system loses or wins on the second set, with its sign. */
export function sayChange(name: string, systemId: string, columns: readonly ScoreColumn[]): string {
  const [first, second] = columns.filter((column) => column.systemId === systemId).map(({ rows }) => rows.get(name)?.value ?? null);
  if (first === undefined || first === null || second === undefined || second === null) return '–';
  const difference = second - first;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${formatScore(name, Math.abs(difference))}`;
}
