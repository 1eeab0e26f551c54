/** @file Several systems at once: the same numbers as one by one, on the pictures that they share. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prepareReferences } from '../../../src/core/metric/score.ts';
import { drive } from '../../../src/engine/evaluate/drive.ts';
import { evaluateCaptions } from '../../../src/engine/evaluate/evaluate.ts';
import { evaluateSystems } from '../../../src/engine/evaluate/evaluate-systems.ts';
import { createExplainer } from '../../../src/engine/evaluate/explain.ts';

const rows = readFileSync(new URL('../../fixtures/metrics/fakecap-100.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; hyp: string; refs: string[] });
const references = rows.map(({ id, refs }) => ({ file: `${id}.jpg`, captions: refs }));
const first = rows.map(({ id, hyp }) => ({ file: id, captions: [hyp] }));
const second = rows.map(({ id, refs }) => ({ file: `${id}.png`, captions: [refs[0] ?? ''] }));
const options = { metrics: ['BLEU', 'ROUGE_L', 'CIDEr', 'SPICE', 'style'] as const, draws: 100, seed: 1 };

describe('evaluateSystems', () => {
  it('gives the numbers, intervals and p-values that two systems get when they are scored as system and baseline', async () => {
    const alone = await evaluateCaptions({ captions: first, references, baseline: second }, options);
    const systems = [
      { id: 'a', name: 'A', captions: first },
      { id: 'b', name: 'B', captions: second },
    ];
    const together = await evaluateSystems({ systems, references, baselineId: 'b' }, options);
    const numbers = (row: { name: string; value: number | null; low: number | null; high: number | null }) => [
      row.name,
      row.value,
      row.low,
      row.high,
    ];
    expect(together.systems[0]?.rows.map(numbers)).toEqual(alone.system.rows.map(numbers));
    expect(together.systems[1]?.rows.map(numbers)).toEqual(alone.baseline?.rows.map(numbers));
    expect(together.systems[0]?.rows.map(({ name, p }) => [name, p])).toEqual(
      alone.system.rows.map(({ name }) => [name, alone.pValues.get(name) ?? null]),
    );
    expect(together.systems[1]?.rows.every(({ p }) => p === null)).toBe(true);
  });

  it('scores only the pictures that all systems captioned, and counts the rest', async () => {
    const systems = [
      { id: 'a', name: 'A', captions: first.slice(0, 60) },
      { id: 'b', name: 'B', captions: second.slice(50, 100) },
    ];
    const { files, leftOut, uncaptioned } = await evaluateSystems({ systems, references }, { ...options, draws: 0 });
    expect(files).toEqual(first.slice(50, 60).map(({ file }) => file));
    expect(leftOut).toBe(90);
    expect(uncaptioned).toBe(90);
  });

  it('says so when nothing is shared, and when references came as captions', async () => {
    const strangers = [{ id: 'a', name: 'A', captions: [{ file: 'nobody.jpg', captions: ['x'] }] }];
    await expect(evaluateSystems({ systems: strangers, references }, options)).rejects.toMatchObject({ code: 'argument-invalid' });
    const [stranger] = strangers;
    if (stranger === undefined) return expect.unreachable();
    const known = { id: 'b', name: 'B', captions: first.slice(0, 60) };
    const beside = evaluateSystems({ systems: [known, stranger], references }, options);
    await expect(beside).rejects.toThrow(/B and A share no picture: one names ".*", the other "nobody\.jpg"; leave one out$/u);
    const parted = [
      { id: 'c', name: 'C', captions: first },
      { id: 'd', name: 'D', captions: first.slice(0, 40) },
      { id: 'e', name: 'E', captions: first.slice(60) },
    ];
    const asunder = evaluateSystems({ systems: parted, references }, options);
    await expect(asunder).rejects.toThrow(/no picture has references and a caption of every system/u);
    const swapped = [{ id: 'a', name: 'A', captions: references }];
    await expect(evaluateSystems({ systems: swapped, references }, options)).rejects.toThrow(/has \d captions, expected one/);
  });

  it('stops when it is asked to', async () => {
    const systems = [{ id: 'a', name: 'A', captions: first }];
    const run = evaluateSystems({ systems, references }, options, { isCancelled: () => true });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('createExplainer', () => {
  it('adds the n-grams of a picture up to its CIDEr', async () => {
    const systems = [{ id: 'a', name: 'A', captions: first }];
    const { files, systems: scored } = await evaluateSystems({ systems, references }, { ...options, draws: 0 });
    const cider = scored[0]?.rows.find(({ name }) => name === 'CIDEr')?.pictures ?? [];
    const set = await drive(prepareReferences(rows.map(({ id, refs }) => ({ file: id, references: refs }))), {});
    const explainer = createExplainer(set, {});
    for (const place of [0, 7, 42]) {
      const { ngrams, marked, alignment } = explainer.explain(files[place] ?? '', scored[0]?.captions[place] ?? '');
      expect(ngrams.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(cider[place] ?? -1, 9);
      expect(marked.map(({ text }) => text).join('')).toBe(scored[0]?.captions[place]);
      expect(alignment).toBeNull();
    }
  });
});
