/** @file The verb `evaluate` on files in memory. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/cli/evaluate/evaluate.ts';
import type { EvaluateIo } from '../../src/cli/evaluate/evaluate.ts';
import { pictureScoresFile } from '../../src/cli/file-place.ts';
import { memorySource } from '../../src/core/codec/byte-source.ts';
import type { StudioError } from '../../src/core/error.ts';
import type { ScoreJson } from '../../src/engine/evaluate/report.ts';

const lines = readFileSync(new URL('../fixtures/metrics/fakecap-100.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; hyp: string; refs: string[]; Bleu: number[] });

const files: Readonly<Record<string, string>> = {
  'results.json': JSON.stringify(lines.map(({ id, hyp }) => ({ image_id: Number(id), caption: hyp }))),
  'refs.json': JSON.stringify({ annotations: lines.flatMap(({ id, refs }) => refs.map((caption) => ({ image_id: Number(id), caption }))) }),
  'first.jsonl': lines.map(({ id, refs }) => JSON.stringify({ file: `${id}.jpg`, caption: refs[0] })).join('\n'),
  'latin.csv': `file,caption\n${lines[0]?.id ?? ''}.jpg,a caf\uFFFD\n`,
  'alone.jsonl': `{"file":"${lines[0]?.id ?? ''}.jpg","caption":${JSON.stringify(lines[0]?.hyp)}}`,
  'none.json': '[]',
  'one.jsonl': `{"file":"${lines[0]?.id ?? ''}.jpg","caption":"a man"}`,
};

/** What a test puts beside the files. */
const stored: Record<string, string> = {};

interface Run {
  readonly printed: string;
  readonly notes: readonly string[];
  readonly written: Readonly<Record<string, string>>;
}

async function run(...args: string[]): Promise<Run> {
  const written: Record<string, string> = {};
  const printed: string[] = [];
  const notes: string[] = [];
  const io: EvaluateIo = {
    readText: (path) => {
      const text = written[path] ?? stored[path] ?? files[path];
      return text === undefined ? Promise.reject(new Error(path)) : Promise.resolve(text);
    },
    writeText: (path, text) => {
      written[path] = text;
      return Promise.resolve();
    },
    checkPlace: () => Promise.resolve(),
    print: (text) => printed.push(text),
    note: (text) => notes.push(text),
    caption: () => Promise.reject(new Error('no model in this test')),
    conditionsOf: () => Promise.resolve(null),
  };
  await runEvaluate(args, io);
  return { printed: printed.join('\n'), notes, written };
}

const base = ['--hypotheses', 'results.json', '--references', 'refs.json'];

describe('evaluate', () => {
  it('prints JSON under pycocoevalcap’s names, with intervals', async () => {
    const { printed, notes } = await run(...base, '--json', '--draws', '100');
    const scores = JSON.parse(printed) as Record<string, ScoreJson>;
    expect(Object.keys(scores).slice(0, 10)).toEqual([
      'Bleu_1',
      'Bleu_2',
      'Bleu_3',
      'Bleu_4',
      'METEOR',
      'ROUGE_L',
      'CIDEr',
      'SPICE',
      'CHAIRs',
      'CHAIRi',
    ]);
    expect(scores['SPICE']).toMatchObject({ value: null, low: null, high: null });
    expect(scores['SPICE']?.reason).toMatch(/not computed/u);
    for (const [name, { value, low, high }] of Object.entries(scores)) {
      if (name !== 'SPICE') expect([name, Number(low) <= Number(value), Number(value) <= Number(high)]).toEqual([name, true, true]);
    }
    expect(notes).toEqual([]);
  });

  it('writes a line for each picture', async () => {
    const { written } = await run(...base, '--metrics', 'BLEU', '--per-image', 'out.jsonl', '--draws', '0');
    const rows = (written['out.jsonl'] ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number | string>);
    expect(rows.map(({ file }) => file)).toEqual(lines.map(({ id }) => id));
    for (const [i, row] of rows.entries()) expect(row['Bleu_1']).toBeCloseTo(lines[i]?.Bleu[0] ?? NaN, 9);
  });

  it('knows the lines of every score as its own', async () => {
    const { written } = await run(...base, '--metrics', 'all', '--per-image', 'out.jsonl', '--draws', '0');
    const withoutTable = '{"file":"a.jpg","caption":"a dog","METEOR (exact, stem, synonym)":0.5,"CIDEr":null}\n';
    const ofOthers = '{"file":"a.jpg","caption":"a dog","CIDEr":1,"width":640}\n';
    const areOwn = [written['out.jsonl'], withoutTable, ofOthers].map((text) =>
      pictureScoresFile.isOne(memorySource('out.jsonl', new TextEncoder().encode(text))),
    );
    expect(await Promise.all(areOwn)).toEqual([true, true, false]);
  });

  it('writes no lines where none of the scores is of single pictures, and says so', async () => {
    const { written, notes, printed } = await run(...base, '--metrics', 'vocabulary,SPICE', '--per-image', 'out.jsonl', '--draws', '0');
    expect(written).toEqual({});
    expect(notes).toEqual(['out.jsonl: is not written, since none of these scores is of single pictures']);
    expect(printed).toMatch(/vocabulary/u);
  });

  it('shows only the scores that are asked for, in a table', async () => {
    const { printed } = await run(...base, '--metrics', 'bleu_4,ROUGE-L', '--draws', '50');
    expect(printed.split('\n').map((line) => line.split(/\s+/u)[0])).toEqual(['score', 'Bleu_4', 'ROUGE_L']);
    expect(printed).toMatch(/\[0\.\d{4}, 0\.\d{4}\]/u);
  });

  it('compares with a baseline that names its pictures differently', async () => {
    const { printed } = await run(...base, '--metrics', 'CIDEr', '--json', '--baseline', 'first.jsonl', '--draws', '200');
    const { CIDEr } = JSON.parse(printed) as Record<string, ScoreJson>;
    expect(CIDEr?.baseline).toBeGreaterThan(CIDEr?.value ?? NaN);
    expect(CIDEr?.p).toBeLessThan(0.05);
  });

  it('scores a single picture in the terms of kept document frequencies', async () => {
    const { written } = await run(...base, '--metrics', 'CIDEr', '--save-df', 'df.json', '--per-image', 'all.jsonl', '--draws', '0');
    expect(written['df.json']).toContain('caption-studio-df-1');
    const inSet = JSON.parse((written['all.jsonl'] ?? '').split('\n')[0] ?? '') as { CIDEr: number };
    expect(inSet.CIDEr).toBeGreaterThan(0);
    const alone = ['--hypotheses', 'alone.jsonl', '--references', 'refs.json', '--metrics', 'CIDEr', '--json', '--draws', '0'];
    const scoreOf = (printed: string): number | null | undefined => (JSON.parse(printed) as Record<string, ScoreJson>)['CIDEr']?.value;
    const byItself = await run(...alone);
    expect(scoreOf(byItself.printed)).toBe(0);
    expect(byItself.notes.join()).toMatch(/without a caption, and so not scored: 99 of 100 pictures/u);
    stored['df.json'] = written['df.json'] ?? '';
    expect(scoreOf((await run(...alone, '--df', 'df.json')).printed)).toBeCloseTo(inSet.CIDEr, 12);
  });

  it('says that letters of a file were lost', async () => {
    const { notes } = await run('--hypotheses', 'latin.csv', '--references', 'refs.json', '--metrics', 'BLEU', '--draws', '0');
    expect(notes.join()).toMatch(/latin\.csv: has letters that were lost before/u);
  });

  it('gives the same intervals from the same seed', async () => {
    const args = [...base, '--metrics', 'CIDEr', '--json', '--draws', '50'];
    expect((await run(...args, '--seed', '4')).printed).toBe((await run(...args, '--seed', '4')).printed);
    expect((await run(...args, '--seed', '4')).printed).not.toBe((await run(...args, '--seed', '5')).printed);
  });

  it.each([
    [['--metrics', 'BLUE'], 'argument-invalid', /"blue" is unknown/u],
    [['--references', 'results.json', '--hypotheses', 'refs.json'], 'argument-invalid', /expected one/u],
    [['--baseline', 'one.jsonl', '--metrics', 'BLEU'], 'argument-invalid', /baseline: expected one caption of/u],
    [['--hypotheses', 'none.json'], 'argument-invalid', /holds no captions/u],
    [['--df', 'refs.json', '--metrics', 'CIDEr'], 'file-invalid', /document|caption-studio-df-1/u],
  ])('refuses %j with a word that helps', async (args, code, message) => {
    const error = await run(...base, ...args).then(
      () => undefined,
      (reason: unknown) => reason as StudioError,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });

  const coco = new URL('../../../shared/fixtures/coco-caption/', import.meta.url);
  it.runIf(existsSync(coco))('gives the published scores of coco-caption’s example', async () => {
    const text = (name: string): string => readFileSync(new URL(name, coco), 'utf8');
    const io: EvaluateIo = {
      readText: (path) => Promise.resolve(text(path)),
      writeText: () => Promise.resolve(),
      checkPlace: () => Promise.resolve(),
      print: (out) => (printed = out),
      note: () => undefined,
      caption: () => Promise.reject(new Error('no model in this test')),
      conditionsOf: () => Promise.resolve(null),
    };
    let printed = '';
    await runEvaluate(
      [
        '--hypotheses',
        'en_captions_val2014_fakecap_results.json',
        '--references',
        'en_captions_val2014.json',
        '--metrics',
        'BLEU,METEOR,ROUGE_L,CIDEr',
        '--json',
        '--draws',
        '0',
      ],
      io,
    );
    const scores = Object.values(JSON.parse(printed) as Record<string, ScoreJson>).map(({ value }) => Number(value?.toFixed(3)));
    expect(scores).toEqual([0.579, 0.404, 0.279, 0.191, 0.195, 0.396, 0.6]);
  });
});
