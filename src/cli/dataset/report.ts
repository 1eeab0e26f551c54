/** @file What the verbs say: sentences for people, one JSON object for programs. */

import type { ExportPlan, ExportPreview } from '../../core/dataset/write/plan-export.ts';
import type { DatasetReading } from '../../core/dataset/read/read-dataset.ts';
import type { LoadedDataset } from './load.ts';
import { escapeControls } from '../say-error.ts';
import { listSome, type WriteFate } from './write-files.ts';

/** So many lines of a kind are shown; `--json` has all. */
const shownLines = 10;

/** Prints a line of results; names of files may hold anything, and a terminal obeys some of it. */
export function print(line: string): void {
  process.stdout.write(`${escapeControls(line)}\n`);
}

/** Prints the first lines of many, and how many more there are. */
export function printSome(lines: readonly string[], most = shownLines): void {
  for (const line of lines.slice(0, most)) print(line);
  if (lines.length > most) print(`  … and ${String(lines.length - most)} more; --json lists all`);
}

/** Prints an object for programs. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says a number with its noun. */
export function sayCount(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Says what was read, and what was passed over. */
export function sayReading({ sources, reading, items }: LoadedDataset): readonly string[] {
  const captioned = reading.items.filter(({ captions }) => captions.length > 0).length;
  const from = reading.sources.map(({ name, pictures }) => `${name} ${String(pictures)}`).join(', ');
  const kept = items.length === reading.items.length ? '' : `; ${String(items.length)} pass the filter`;
  const counts = `${sayCount(reading.items.length, 'picture')}, ${String(captioned)} with captions${from === '' ? '' : ` (${from})`}${kept}`;
  return [`${sources.name}: ${counts}`, ...sayProblems(reading)];
}

function sayProblems({ problems }: DatasetReading): readonly string[] {
  const missing = problems.filter(({ kind }) => kind === 'no-picture');
  const unreadable = problems.filter(({ kind }) => kind === 'unreadable');
  return [
    ...(missing.length > 0
      ? [`  ${sayCount(missing.length, 'caption')} without a picture: ${listSome(missing.map(({ path }) => path))}`]
      : []),
    ...unreadable.map(({ message }) => `  not read: ${message}`),
  ];
}

/** Says what a format leaves out and which pictures get other names. */
export function sayPlan({ renamed, losses }: ExportPlan): readonly string[] {
  return [
    ...losses.map(
      ({ message, remedy, pictures, examples }) =>
        `  ${sayCount(pictures, 'picture')}: ${message}${remedy === 'join-lines' ? '; clean --one-line joins them' : ''}${examples.length > 0 ? ` (${listSome(examples, 3)})` : ''}`,
    ),
    ...renamed.slice(0, shownLines).map(({ from, to, reasons }) => `  renamed: ${from} → ${to} (${reasons.join('; ')})`),
    ...(renamed.length > shownLines ? [`  … and ${String(renamed.length - shownLines)} more renamed; --json lists all`] : []),
  ];
}

/** Counts what became of files. */
export function sayFates(fates: ReadonlyMap<string, WriteFate>, isDryRun: boolean): string {
  const count = (wanted: WriteFate): number => [...fates.values()].filter((fate) => fate === wanted).length;
  const written = [
    [count('new'), 'new'],
    [count('changed'), 'changed'],
    [count('conflict'), isDryRun ? 'in the way (--force writes over them)' : 'written over'],
    [count('same'), 'the same already'],
  ] as const;
  const parts = written.filter(([number]) => number > 0).map(([number, word]) => `${String(number)} ${word}`);
  return `${isDryRun ? 'would write' : 'wrote'}: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
}

/** Says how the first files of an export begin. */
export function sayPreviews(previews: readonly ExportPreview[]): readonly string[] {
  return previews.slice(0, 3).flatMap(({ path, text }) => [
    `--- ${path}`,
    ...text
      .slice(0, 1500)
      .trimEnd()
      .split('\n')
      .slice(0, shownLines)
      .map((line) => `    ${line.slice(0, 200)}`),
  ]);
}
