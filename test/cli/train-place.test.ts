/** @file `train` as a process: what lies in its folders already, kills, and logs that go on. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { finished, rowsOf, samples, useStudio, type Ran } from './run-studio.ts';

const studio = useStudio('train-place');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
const shared = ['train', '--images', 'photos', '--cache', 'cache', '--valid', '0.2', '--scored', '0', '--batch', '2'];
const train = (...args: readonly string[]): Promise<Ran> => studio.run(...shared, ...args);
/** A run that would take minutes: it ends when it is stopped. */
const long = ['--method', 'prompt', '--steps', '100000', '--looks', '10000'];

/** The steps of a log's events of one kind; a line that is not whole yet is left out. */
function stepsOf(log: string, kind: string): readonly unknown[] {
  const text = existsSync(place(log)) ? readFileSync(place(log), 'utf8') : '';
  return rowsOf(text.slice(0, text.lastIndexOf('\n') + 1)).flatMap((row) => (row['kind'] === kind ? [row['step']] : []));
}

/** Waits for what a run brings about, once for all, while it goes on. */
async function until(child: ChildProcess, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    if (child.exitCode !== null || child.signalCode !== null) expect.fail('the run ended before');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

beforeAll(() => {
  mkdirSync(place('photos'));
  for (const name of readdirSync(samples).filter((file) => file.endsWith('.jpg'))) {
    cpSync(join(samples, name), place('photos', name));
    writeFileSync(place('photos', name.replace('.jpg', '.txt')), 'a picture in the style of the house\n');
  }
});

describe('a folder that holds a style', () => {
  const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  /** Hashes of a folder's files, without those of a run. */
  const files = (folder: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(place(folder))
        .filter((name) => name !== 'run')
        .map((name) => [name, hash(place(folder, name))]),
    );

  it('is left as it is and told, before anything is read, and is written over by --force, nothing of it left', async () => {
    expect((await train('--method', 'full', '--steps', '1', '--out', 'style')).code).toBe(0);
    const before = files('style');
    expect(Object.keys(before)).toContain('caption-studio.safetensors');
    const { code, err } = await studio.run('train', '--images', 'nowhere', '--out', 'style');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('style: a style lies here already; choose another --out, or say --force to write over it'),
    ]);
    expect(files('style')).toEqual(before);
    const forced = await train('--rank', '2', '--steps', '1', '--out', 'style', '--force');
    expect([forced.code, forced.err]).toEqual([0, expect.stringContaining('lora')]);
    expect(Object.keys(files('style')).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'caption-studio.json',
    ]);
    const told = JSON.parse((await studio.run('adapter', 'inspect', 'style')).out) as Record<string, unknown>;
    expect([told['kind'], told['replaced']]).toEqual(['lora', []]);
  });

  it('is still there whole when what takes its place is stopped', async () => {
    await train('--steps', '1', '--out', 'kept');
    const before = files('kept');
    const child = studio.start(...shared, ...long, '--out', 'kept', '--force', '--log', 'kept.jsonl');
    const ended = finished(child);
    await until(child, () => stepsOf('kept.jsonl', 'step').length > 0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(1);
    expect(files('kept')).toEqual(before);
    const unforced = await train(...long, '--out', 'kept', '--resume');
    expect([unforced.code, unforced.err]).toEqual([2, expect.stringContaining('a style lies here already')]);
  });
});

describe('a run that was killed', () => {
  it('goes on with a log in which each step and each look is there once', async () => {
    const args = [...shared, ...long, '--out', 'killed', '--log', 'killed.jsonl'];
    const first = studio.start(...args);
    const paused = finished(first);
    await until(first, () => stepsOf('killed.jsonl', 'validation').length > 2);
    first.kill('SIGINT');
    await paused;
    const kept = Number(stepsOf('killed.jsonl', 'checkpoint').at(-1));
    expect(kept).toBeGreaterThan(0);

    const second = studio.start(...args, '--resume');
    const killed = finished(second);
    await until(second, () => Number(stepsOf('killed.jsonl', 'step').at(-1)) > kept + 30);
    second.kill('SIGKILL');
    await killed;
    expect(existsSync(place('killed/run/process'))).toBe(true);
    const reached = Number(stepsOf('killed.jsonl', 'step').at(-1));
    const torn = '{"kind":"torn';
    appendFileSync(place('killed.jsonl'), torn);

    const third = studio.start(...args, '--resume');
    const ended = finished(third);
    await until(third, () => !readFileSync(place('killed.jsonl'), 'utf8').includes(torn)); // what came after the checkpoint is cut off
    await until(third, () => Number(stepsOf('killed.jsonl', 'step').at(-1)) > reached);
    third.kill('SIGINT');
    await ended;
    const steps = stepsOf('killed.jsonl', 'step');
    expect(steps).toEqual(Array.from({ length: steps.length }, (_, i) => i + 1));
    const looks = stepsOf('killed.jsonl', 'validation');
    expect(new Set(looks).size).toBe(looks.length);
    expect(existsSync(place('killed/run/process'))).toBe(false);
  });

  it('does not take a file for its log that is none', async () => {
    writeFileSync(place('notes.txt'), 'my notes\n');
    const { code, err } = await train('--steps', '1', '--out', 'logless', '--log', 'notes.txt');
    expect([code, err]).toEqual([2, expect.stringContaining('notes.txt: is no log of training; name another file with --log')]);
    expect([readFileSync(place('notes.txt'), 'utf8'), existsSync(place('logless'))]).toEqual(['my notes\n', false]);
  });
});

describe('a run that finds no room for its state', () => {
  /** A folder where the state would be put together: the system refuses to write there, as on a full disk. */
  const block = (out: string): void => void mkdirSync(place(out, 'run/checkpoint.safetensors.part'), { recursive: true });

  it('goes on in memory, says so, and leaves its result', async () => {
    block('blocked');
    const { code, err } = await train('--steps', '2', '--out', 'blocked');
    expect([code, err]).toEqual([0, expect.stringContaining('this state of the run is not kept, it goes on in memory')]);
    expect(existsSync(place('blocked/adapter_model.safetensors'))).toBe(true);
  });

  it('says at Ctrl-C that it was not kept', async () => {
    block('stuck');
    const child = studio.start(...shared, ...long, '--out', 'stuck', '--log', 'stuck.jsonl');
    const ended = finished(child);
    await until(child, () => stepsOf('stuck.jsonl', 'step').length > 0);
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/stopped after \d+ of 100000 steps, which could not be kept; the same command begins again/),
    ]);
    expect(stepsOf('stuck.jsonl', 'checkpoint')).toEqual([]);
  });
});

it('keeps the best look of a run whose loss explodes, and fails', async () => {
  const args = ['--steps', '200', '--looks', '100', '--warmup', '0.9', '--lr', '1e5', '--clip', '0', '--schedule', 'constant'];
  const { code, err } = await train(...args, '--out', 'exploded');
  expect(code).toBe(1);
  expect(err).toMatch(/lower the learning rate.*; step \d+ looked best and is kept in exploded/);
  expect(existsSync(place('exploded/adapter_model.safetensors'))).toBe(true);
  expect(existsSync(place('exploded/run'))).toBe(false);
});

it('leaves a picture to learn from, whatever share is kept for validation', async () => {
  const { code, err } = await train('--valid', '0.95', '--steps', '1', '--out', 'one-left');
  expect([code, err]).toEqual([0, expect.stringContaining('learn from 1 picture in 1 step, 4 are kept for validation')]);
});

it('refuses a second run in a folder where one learns', async () => {
  const child = studio.start(...shared, ...long, '--out', 'busy');
  const ended = finished(child);
  await until(child, () => existsSync(place('busy/run/process')) && readFileSync(place('busy/run/process'), 'utf8') !== '');
  const second = await train('--steps', '1', '--out', 'busy');
  expect([second.code, second.err]).toEqual([2, expect.stringContaining(`process ${String(child.pid)} learns here`)]);
  const elsewhere = await train('--steps', '1', '--out', 'free');
  expect(elsewhere.code).toBe(0);
  child.kill('SIGINT');
  await ended;
  rmSync(place('busy'), { recursive: true });
});

it('tells its version, that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { readonly version: string };
  expect(await studio.run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});
