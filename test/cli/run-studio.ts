/** @file Runs the real command line as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { bundleCommandLine } from '../../scripts/bundle-cli.mjs';

/** The checkout. */
export const root = join(import.meta.dirname, '../..');
/** The five sample photos. */
export const samples = join(root, 'public/samples');
/** The embedded model. */
export const embedded = join(root, 'public/bundles/llava-mini');

/** What a process left behind. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A way to run the command line, and a folder that is gone after the tests. */
export interface Studio {
  readonly folder: string;
  readonly program: string;
  run(...args: readonly string[]): Promise<Ran>;
  start(...args: readonly string[]): ChildProcess;
}

/** Bundles the command line for one file of tests. */
export function useStudio(name: string): Studio {
  const program = join(root, `.cache/test-cli/${name}/caption-studio.js`);
  const folder = mkdtempSync(join(tmpdir(), `studio-${name}-`));
  const start = (...args: readonly string[]): ChildProcess => spawn(process.execPath, [program, ...args], { cwd: folder });
  beforeAll(() => bundleCommandLine(`.cache/test-cli/${name}`), 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return { folder, program, start, run: (...args) => finished(start(...args)) };
}

/** Waits for the end of a process. */
export function finished(child: ChildProcess): Promise<Ran> {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
  });
}

/** Reads JSON lines. */
export function rowsOf(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Gives the captions of JSON lines by file. */
export function captionsOf(text: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(rowsOf(text).map(({ file, caption }) => [String(file), caption]));
}
