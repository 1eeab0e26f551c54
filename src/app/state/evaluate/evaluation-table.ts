/** @file An outcome as tables and files. */

import { toCocoResults } from '../../../core/dataset/coco-results.ts';
import { runFormat, toRunFile, type EvaluationRun, type RunInput } from '../../../core/dataset/run-file.ts';
import { toScoresCsv, toScoresLatex, toScoresMarkdown, type TableRow } from '../../../core/dataset/score-table.ts';
import type { CaptionSource, EvaluationOutcome } from './evaluation-record.ts';

/** A place among the numbers: one score of one system on one set of references, and perhaps one picture. */
export interface ScorePlace {
  readonly referencesId: string;
  readonly systemId: string;
  readonly score: string;
  /** A picture to show first. */
  readonly file?: string;
}

/** A file to save. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
  readonly type: string;
}

/** The files that an outcome can be saved as. */
export const exportKinds = ['csv', 'json', 'markdown', 'latex', 'coco', 'frequencies', 'run'] as const;

/** One of the kinds. */
export type ExportKind = (typeof exportKinds)[number];

/** The kinds that need nothing but the outcome; document frequencies are counted anew. */
export type OutcomeKind = Exclude<ExportKind, 'frequencies'>;

/** The name of a system or a set of references. */
export function nameOf(sources: readonly CaptionSource[], id: string): string {
  return sources.find((source) => source.id === id)?.name ?? id;
}

/** A row for each system on each set of references. */
export function toTableRows({ inputs, sets }: EvaluationOutcome): readonly TableRow[] {
  return sets.flatMap((set) =>
    set.systems.map(({ id, rows }) => ({
      system: nameOf(inputs.systems, id),
      references: nameOf(inputs.references, set.referencesId),
      pictures: set.files.length,
      scores: rows.map(({ name, value, low, high, p }) => ({ name, value, low, high, p })),
    })),
  );
}

/** Everything that is needed to repeat an outcome. */
export function toRun(outcome: EvaluationOutcome): EvaluationRun {
  const { inputs, createdAt, version } = outcome;
  const toInput = ({ name, fileName, sha256, records, madeWith, conditions }: CaptionSource): RunInput => ({
    name: fileName,
    label: name,
    sha256,
    pictures: records.length,
    ...(madeWith.length > 0 && { madeWith }),
    ...(conditions !== undefined && { conditions }),
  });
  const { objects, frequencies } = inputs;
  return {
    format: runFormat,
    software: { name: 'caption-studio', version },
    createdAt,
    options: {
      metrics: inputs.metrics,
      draws: inputs.draws,
      seed: inputs.seed,
      baseline: inputs.systems.find(({ id }) => id === inputs.baselineId)?.name ?? null,
    },
    references: inputs.references.map(toInput),
    systems: inputs.systems.map(toInput),
    objects: objects && { name: objects.fileName, sha256: objects.sha256, pictures: objects.records.length },
    ...(frequencies && {
      frequencies: { name: frequencies.fileName, sha256: frequencies.sha256, pictures: frequencies.table.pictureCount },
    }),
    scores: toTableRows(outcome),
  };
}

/** Writes an outcome; COCO results are one file for each system. */
export function toFiles(outcome: EvaluationOutcome, kind: OutcomeKind): readonly TextFile[] {
  const rows = toTableRows(outcome);
  switch (kind) {
    case 'csv':
      return [{ name: 'scores.csv', text: toScoresCsv(rows), type: 'text/csv' }];
    case 'json':
      return [{ name: 'scores.json', text: `${JSON.stringify(rows, null, 2)}\n`, type: 'application/json' }];
    case 'markdown':
      return [{ name: 'scores.md', text: toScoresMarkdown(rows), type: 'text/markdown' }];
    case 'latex':
      return [{ name: 'scores.tex', text: toScoresLatex(rows), type: 'application/x-tex' }];
    case 'run':
      return [{ name: 'evaluation.json', text: toRunFile(toRun(outcome)), type: 'application/json' }];
    case 'coco':
      return outcome.inputs.systems.map(({ name, records }) => ({
        name: `${toFileName(name)}-results.json`,
        text: toCocoResults(
          records.map(({ file, id }) => id ?? file),
          records.map(({ captions }) => captions[0] ?? ''),
        ),
        type: 'application/json',
      }));
    default:
      return kind satisfies never;
  }
}

/** A name that any file system takes. */
export function toFileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
}
