/** @file The run file: everything that is needed to repeat an evaluation, and what it came to. */

import type { TableRow } from './score-table.ts';

/** A file that went into an evaluation. */
export interface RunInput {
  readonly name: string;
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly pictures: number;
  /** How captions were made, where that is known: model, prompt, decoding. */
  readonly madeWith?: readonly string[];
}

/** An evaluation with its conditions. */
export interface EvaluationRun {
  readonly format: 'caption-studio-evaluation-1';
  readonly software: { readonly name: string; readonly version: string };
  /** When it was run, ISO 8601. */
  readonly createdAt: string;
  readonly options: {
    readonly metrics: readonly string[];
    readonly draws: number;
    readonly seed: number;
    /** Name of the system that the others are compared with. */
    readonly baseline: string | null;
  };
  readonly references: readonly RunInput[];
  readonly systems: readonly RunInput[];
  /** COCO annotations that told CHAIR of objects. */
  readonly objects: RunInput | null;
  readonly scores: readonly TableRow[];
}

/** Writes the run file. */
export function toRunFile(run: EvaluationRun): string {
  return `${JSON.stringify({ ...run, commands: toCommands(run) }, null, 2)}\n`;
}

/** The command lines that give the same numbers from the same files, where all systems captioned the same pictures. */
export function toCommands(run: EvaluationRun): readonly string[] {
  const { metrics, draws, seed, baseline } = run.options;
  return run.references.flatMap((references) =>
    run.systems.map((system) => {
      const words = ['caption-studio', 'evaluate', '--hypotheses', system.name, '--references', references.name];
      if (baseline !== null && baseline !== system.name) words.push('--baseline', baseline);
      if (run.objects !== null) words.push('--objects', run.objects.name);
      words.push('--metrics', metrics.join(','), '--draws', String(draws), '--seed', String(seed), '--json');
      return words.map(quote).join(' ');
    }),
  );
}

function quote(word: string): string {
  return /^[\w.,:/+-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
