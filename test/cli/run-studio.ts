/** @file Runs the real command line as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

/** When a process is sent a signal, by itself: as soon as what it has written says so. */
export interface Moment {
  /** Within the folder; of a folder, the names in it are looked at. */
  readonly file: string;
  /** Any text where it is left out. */
  readonly says?: RegExp;
  readonly signal: 'SIGINT' | 'SIGKILL';
  /** Variables of the process beside those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A way to run the command line, and a folder that is gone after the tests. */
export interface Studio {
  readonly folder: string;
  readonly program: string;
  run(...args: readonly string[]): Promise<Ran>;
  runUntil(moment: Moment, ...args: readonly string[]): Promise<Ran>;
  start(...args: readonly string[]): ChildProcess;
}

/** Bundles the command line for one file of tests. */
export function useStudio(name: string): Studio {
  const program = join(root, `.cache/test-cli/${name}/caption-studio.js`);
  const folder = mkdtempSync(join(tmpdir(), `studio-${name}-`));
  const start = (...args: readonly string[]): ChildProcess => spawn(process.execPath, [program, ...args], { cwd: folder });
  const runUntil = ({ file, says = /(?:)/u, signal, env }: Moment, ...args: readonly string[]): Promise<Ran> => {
    const moment = JSON.stringify({ file: join(folder, file), says: says.source, signal });
    const preload = pathToFileURL(join(import.meta.dirname, 'in-the-moment.mjs')).href;
    const options = { cwd: folder, env: { ...process.env, ...env, STUDIO_MOMENT: moment } };
    return finished(spawn(process.execPath, ['--import', preload, program, ...args], options));
  };
  beforeAll(() => bundleCommandLine(`.cache/test-cli/${name}`));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return { folder, program, start, runUntil, run: (...args) => finished(start(...args)) };
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
