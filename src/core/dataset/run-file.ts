/** @file The run file: everything that is needed to repeat an evaluation, and what it came to. */

import { readConditions, type CaptionConditions } from './caption-conditions.ts';
import { invalidFile, isMembers } from './caption-record.ts';
import type { TableRow } from './score-table.ts';

/** Captions that went into an evaluation: a file, or what a system wrote. */
export interface RunInput {
  /** The file's name. */
  readonly name: string;
  /** What it is called among the scores. */
  readonly label?: string;
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly pictures: number;
  /** How captions were made, where that is known: model, prompt, decoding. */
  readonly madeWith?: readonly string[];
  /** The same as data: enough to write the captions again. */
  readonly conditions?: CaptionConditions;
}

/** What the file's first member says. */
export const runFormat = 'caption-studio-evaluation-1';

/** An evaluation with its conditions. */
export interface EvaluationRun {
  readonly format: typeof runFormat;
  readonly software: { readonly name: string; readonly version: string };
  /** When it was run, ISO 8601. */
  readonly createdAt: string;
  readonly options: {
    readonly metrics: readonly string[];
    readonly draws: number;
    readonly seed: number;
    /** Label of the system that the others are compared with. */
    readonly baseline: string | null;
  };
  readonly references: readonly RunInput[];
  readonly systems: readonly RunInput[];
  /** COCO annotations that told CHAIR of objects. */
  readonly objects: RunInput | null;
  /** A stored table that CIDEr weighed n-grams by; absent where the references did. */
  readonly frequencies?: RunInput;
  readonly scores: readonly TableRow[];
}

/** Writes the run file. */
export function toRunFile(run: EvaluationRun): string {
  return `${JSON.stringify({ ...run, commands: toCommands(run) }, null, 2)}\n`;
}

/**
 * Reads a run file.
 *
 * @throws {StudioError} 'file-invalid' naming the member that is not as it should be
 */
export function readRunFile(name: string, value: unknown): EvaluationRun {
  const fail = (reason: string): never => {
    throw invalidFile({ name }, `is no run file of this studio: ${reason}`);
  };
  if (!isMembers(value) || value['format'] !== runFormat) return fail(`expected "format": "${runFormat}"`);
  const { options, software, references, systems, objects, frequencies, scores } = value;
  if (!isMembers(software) || typeof software['version'] !== 'string' || typeof value['createdAt'] !== 'string')
    fail('software, createdAt');
  const isList = isMembers(options) && Array.isArray(options['metrics']);
  if (!isList || !isCount(options['draws']) || !isCount(options['seed'])) return fail('options');
  if (options['baseline'] !== null && typeof options['baseline'] !== 'string') fail('options.baseline');
  for (const [member, list] of Object.entries({ references, systems }))
    if (!Array.isArray(list) || !list.every(isRunInput)) fail(`${member}: each needs name, sha256 and pictures`);
  if (objects !== null && !isRunInput(objects)) fail('objects');
  if (frequencies !== undefined && !isRunInput(frequencies)) fail('frequencies');
  if (!Array.isArray(scores) || !scores.every((row) => isMembers(row) && Array.isArray(row['scores']))) fail('scores');
  return value as unknown as EvaluationRun;
}

function isRunInput(value: unknown): boolean {
  if (!isMembers(value) || typeof value['name'] !== 'string' || !/^[0-9a-f]{64}$/u.test(String(value['sha256']))) return false;
  return isCount(value['pictures']) && (value['conditions'] === undefined || readConditions(value['conditions']) !== null);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * The command lines that give the same numbers from the same files, where all systems captioned the same pictures: run one after the other, since
 * the first writes the captions that others are compared with. PICTURES and MODEL stand for the folders of captions that the studio wrote
 * itself, the names of styles for theirs.
 */
export function toCommands(run: EvaluationRun): readonly string[] {
  const { metrics, draws, seed, baseline } = run.options;
  const other = run.systems.find(({ name, label = name }) => label === baseline);
  const systems = other === undefined ? run.systems : [other, ...run.systems.filter((system) => system !== other)];
  return run.references.flatMap((references) =>
    systems.map((system) => {
      const words = ['caption-studio', 'evaluate', ...sourceWords(system), '--references', references.name];
      if (other !== undefined && other !== system) words.push('--baseline', other.name);
      if (run.objects !== null) words.push('--objects', run.objects.name);
      if (run.frequencies !== undefined) words.push('--df', run.frequencies.name);
      words.push('--metrics', metrics.join(','), '--draws', String(draws), '--seed', String(seed), '--json');
      return words.map(quote).join(' ');
    }),
  );
}

function sourceWords({ name, conditions }: RunInput): readonly string[] {
  if (conditions === undefined) return ['--hypotheses', name];
  const { style, prompt, system, decoding } = conditions;
  const adapters = style?.adapters ?? [];
  const scales = adapters.some(({ scale }) => scale !== 1) ? adapters.flatMap(({ scale }) => ['--scale', String(scale)]) : [];
  const options = Object.entries(decoding).flatMap(([option, value]) => [
    flagOf(option),
    ...(Array.isArray(value) ? toWords(option, value) : [String(value)]),
  ]);
  return [
    ...['--images', 'PICTURES', '--model', 'MODEL', ...adapters.flatMap((adapter) => ['--adapter', adapter.name]), ...scales],
    ...['--prompt', prompt, ...(system === null ? [] : ['--system', system]), ...options, '--hypotheses-out', name],
  ];
}

function toWords(option: string, values: readonly unknown[]): readonly string[] {
  return option === 'bannedWords' || option === 'forcedWords' ? [values.join(',')] : values.map(String);
}

/** Options of decoding are called the same on the command line, a few apart. */
function flagOf(option: string): string {
  const own: Readonly<Record<string, string>> = {
    noRepeatNgram: 'repeat-ngram-ban',
    bannedWords: 'ban',
    forcedWords: 'force-words',
    stopStrings: 'stop',
  };
  return `--${own[option] ?? option.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
}

function quote(word: string): string {
  return /^[\w.,:/+-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
