/** @file Repeats an evaluation from its run file: what is here is taken, what is not is asked for, what differs is told. */

import type { EvaluationRun, RunInput } from '../../../core/dataset/run-file.ts';
import type { TableRow } from '../../../core/dataset/score-table.ts';
import { metricChoices, type MetricChoice } from '../../../core/metric/score.ts';
import { toPlannedSystem, toPlanOf } from './evaluation-plan.ts';
import type { CaptionSource, EvaluationInputs, MissingFile, Repetition } from './evaluation-record.ts';

/** How a repetition came out. */
export interface RepetitionOutcome {
  readonly equal: number;
  /** Scores that are not the same, in words. */
  readonly different: readonly string[];
}

/** Sets up the inputs of a run from the files that are here already. @param version of this studio */
export function repeatRun(run: EvaluationRun, fileName: string, known: EvaluationInputs, version: string): EvaluationInputs {
  const sources = [...known.systems, ...known.references];
  const missing: MissingFile[] = [];
  const take = (input: RunInput, role: MissingFile['role']): readonly CaptionSource[] => {
    const name = input.label ?? input.name;
    const here = sources.find(({ sha256 }) => sha256 === input.sha256);
    if (here !== undefined) return [{ ...here, name }];
    const { conditions } = input;
    // One style at a time is worn here; several added up are repeated from their file.
    if (conditions === undefined || (conditions.style?.adapters.length ?? 0) > 1) {
      missing.push({ role, fileName: input.name, sha256: input.sha256, name });
      return [];
    }
    return [toPlannedSystem(toPlanOf(conditions, name), name)];
  };
  const systems = run.systems.flatMap((input) => take(input, 'system'));
  const references = run.references.flatMap((input) => take(input, 'references'));
  const hasObjects = run.objects !== null && known.objects?.sha256 === run.objects.sha256;
  if (run.objects !== null && !hasObjects)
    missing.push({ role: 'objects', fileName: run.objects.name, sha256: run.objects.sha256, name: run.objects.name });
  const table = run.frequencies;
  const hasFrequencies = table !== undefined && known.frequencies?.sha256 === table.sha256;
  if (table !== undefined && !hasFrequencies)
    missing.push({ role: 'frequencies', fileName: table.name, sha256: table.sha256, name: table.name });
  const metrics = run.options.metrics.filter(isMetric);
  const unknown = run.options.metrics.filter((name) => !isMetric(name));
  const differences = [
    ...(run.software.version === version ? [] : [`It was scored by version ${run.software.version}; this is ${version}.`]),
    ...(unknown.length === 0 ? [] : [`This studio has no score called ${unknown.join(', ')}.`]),
  ];
  return {
    systems,
    references,
    objects: hasObjects ? known.objects : null,
    frequencies: hasFrequencies ? known.frequencies : null,
    metrics,
    baselineId: systems.find(({ name }) => name === run.options.baseline)?.id ?? systems[0]?.id ?? null,
    draws: run.options.draws,
    seed: run.options.seed,
    repetition: { run, fileName, missing, differences },
  };
}

/** Finds which missing file an added one is: by its bytes, else by its name, and then says that they differ. */
export function claimMissing(
  repetition: Repetition,
  added: { readonly fileName: string; readonly sha256: string },
): { readonly file: MissingFile; readonly repetition: Repetition } | undefined {
  const same = repetition.missing.find(({ sha256 }) => sha256 === added.sha256);
  const file = same ?? repetition.missing.find(({ fileName }) => fileName === added.fileName);
  if (file === undefined) return undefined;
  const difference = `${file.fileName} is not the file of the run: its bytes differ (SHA-256 ${added.sha256.slice(0, 12)}… in place of ${file.sha256.slice(0, 12)}…).`;
  return {
    file,
    repetition: {
      ...repetition,
      missing: repetition.missing.filter((one) => one !== file),
      differences: same === undefined ? [...repetition.differences, difference] : repetition.differences,
    },
  };
}

/** Two machines' logarithms may differ in their last bit. */
const tolerance = 1e-9;

/** Compares scores with those of the run; undefined where none can be. */
export function compareWithRun({ run }: Repetition, rows: readonly TableRow[]): RepetitionOutcome | undefined {
  const now = new Map(
    rows.flatMap(({ system, references, scores }) => scores.map((score) => [keyOf(system, references, score.name), score] as const)),
  );
  const pairs = run.scores.flatMap(({ system, references, scores }) =>
    scores.flatMap((was) => {
      const is = now.get(keyOf(system, references, was.name));
      return is === undefined || was.value === null ? [] : [{ system, references, was, is }];
    }),
  );
  if (pairs.length === 0) return undefined;
  const different = pairs.filter(({ was, is }) => !isSame(was.value, is.value) || !isSame(was.low, is.low) || !isSame(was.high, is.high));
  return {
    equal: pairs.length - different.length,
    different: different.map(
      ({ system, references, was, is }) => `${was.name} of ${system} on ${references}: ${sayValue(is.value)}, was ${sayValue(was.value)}`,
    ),
  };
}

function keyOf(...names: readonly string[]): string {
  return names.join('\n');
}

function isSame(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one));
}

function sayValue(value: number | null): string {
  return value === null ? 'none' : value.toFixed(4);
}

function isMetric(name: string): name is MetricChoice {
  return metricChoices.some((choice) => choice === name);
}
