/** @file The one face of all metrics: what is asked for is computed, in steps, or says why not. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../src/core/error.ts';
import {
  countDocumentFrequencies,
  parseDocumentFrequencyTable,
  writeDocumentFrequencies,
} from '../../../src/core/metric/document-frequency.ts';
import { compareSystems, metricChoices, prepareReferences, scoreSystem } from '../../../src/core/metric/score.ts';
import type { ScoreOptions, ScoreProgress, SystemScores } from '../../../src/core/metric/score.ts';
import { finish as finishSteps } from '../../../src/core/metric/steps.ts';
import type { ReferenceSet } from '../../../src/core/metric/caption-set.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { fixtureLines, shippedChairData } from './golden-sets.ts';
import type { GoldenPicture } from './golden-sets.ts';

const pictures = fixtureLines<GoldenPicture>('fakecap-100.jsonl');

function finish<T>(work: Generator<ScoreProgress, T>, steps: ScoreProgress[] = []): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    steps.push(step.value);
  }
}

function referencesOf(chosen: readonly GoldenPicture[]): ReferenceSet {
  return finish(prepareReferences(chosen.map(({ id, refs }) => ({ file: id, references: refs }))));
}

function score(options: Partial<ScoreOptions>, chosen = pictures): SystemScores {
  return finish(
    scoreSystem(
      chosen.map(({ hyp }) => hyp),
      referencesOf(chosen),
      { metrics: metricChoices, ...options },
    ),
  );
}

describe('scoreSystem', () => {
  it('gives a row for every score, with values, or with the reason why not', () => {
    const { rows, files } = score({ chair: { data: shippedChairData() } });
    expect(files).toEqual(pictures.map(({ id }) => id));
    expect(rows.map(({ name }) => name).slice(0, 11)).toEqual([
      ...['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr', 'CIDEr_plain', 'SPICE', 'CHAIRs', 'CHAIRi'],
    ]);
    expect(rows.filter(({ value }) => value === null).map(({ name }) => name)).toEqual(['METEOR', 'SPICE']);
    for (const row of rows) expect(row.value === null).toBe(row.reason !== undefined);
  });

  it('puts every value into its interval', () => {
    const { rows } = score({ bootstrap: { draws: 200, source: makeRandom(1) } });
    for (const { name, value, low, high } of rows.filter((row) => row.value !== null)) {
      expect([name, (low ?? NaN) <= (value ?? NaN), (value ?? NaN) <= (high ?? NaN)]).toEqual([name, true, true]);
    }
  });

  it('reports its steps, so that it can be stopped between them', () => {
    const steps: ScoreProgress[] = [];
    finish(
      scoreSystem(
        pictures.map(({ hyp }) => hyp),
        referencesOf(pictures),
        { metrics: ['BLEU', 'CIDEr'] },
      ),
      steps,
    );
    expect(new Set(steps.map(({ stage }) => stage))).toEqual(new Set(['captions', 'BLEU', 'CIDEr']));
    expect(steps.every(({ done, total }) => done <= total)).toBe(true);
  });

  it('can be stopped every few captions inside of each metric and between draws, and never goes back', () => {
    const steps: ScoreProgress[] = [];
    const metrics = ['BLEU', 'ROUGE_L', 'CIDEr', 'CIDEr_plain', 'CHAIR', 'style'] as const;
    const set = referencesOf(pictures);
    const options = { metrics, chair: { data: shippedChairData() }, bootstrap: { draws: 50, source: makeRandom(1) } };
    const texts = pictures.map(({ hyp }) => hyp);
    finish(scoreSystem(texts, set, options), steps);
    for (const stage of ['captions', ...metrics, 'intervals']) {
      const done = steps.filter((step) => step.stage === stage).map((step) => step.done);
      expect([stage, done]).toEqual([stage, done.toSorted((a, b) => a - b)]);
      expect([stage, done.length]).toEqual([stage, Math.max(done.length, stage === 'intervals' ? 50 : pictures.length / 16)]);
    }
  });

  it('refuses captions and pictures that differ in number', () => {
    expect(() => finish(scoreSystem(['one'], referencesOf(pictures), { metrics: ['BLEU'] }))).toThrow(StudioError);
    expect(() => finish(prepareReferences([]))).toThrow(/no pictures/u);
    expect(() => finish(prepareReferences([{ file: 'a.jpg', references: [] }]))).toThrow(/a\.jpg has no reference/u);
  });
});

describe('stored document frequencies', () => {
  const set = referencesOf(pictures);
  const table = parseDocumentFrequencyTable(
    'df.json',
    JSON.stringify(writeDocumentFrequencies(finishSteps(countDocumentFrequencies(set)), set)),
  );

  it('give the same CIDEr as those of the set they come from', () => {
    const cider = (scores: SystemScores): readonly number[] => scores.rows[0]?.pictures ?? [];
    expect(cider(score({ metrics: ['CIDEr'], documentFrequencies: table }))).toEqual(cider(score({ metrics: ['CIDEr'] })));
  });

  it('let a single picture be scored in a set’s terms', () => {
    const [first] = pictures;
    const ofSet = score({ metrics: ['CIDEr'] }).rows[0]?.pictures?.[0];
    const alone = (options: Partial<ScoreOptions>): number | null | undefined =>
      score({ metrics: ['CIDEr'], ...options }, first ? [first] : []).rows[0]?.value;
    expect(alone({})).toBe(0);
    expect(alone({ documentFrequencies: table })).toBeCloseTo(ofSet ?? NaN, 12);
  });

  it.each([
    '',
    '[]',
    '{"format": "caption-studio-df-1", "pictureCount": 0, "ngrams": {}}',
    '{"format": "caption-studio-df-1", "pictureCount": 3, "ngrams": {"a": 1.5}}',
  ])('are refused when the file is %s', (text) => expect(() => parseDocumentFrequencyTable('df.json', text)).toThrow(/df\.json/u));
});

describe('compareSystems', () => {
  it('tells a better system from an equal one', () => {
    const set = referencesOf(pictures);
    const run = (texts: readonly string[]): SystemScores =>
      finish(scoreSystem(texts, set, { metrics: ['BLEU', 'CIDEr', 'SPICE'], bootstrap: { draws: 300, source: makeRandom(5) } }));
    const system = run(pictures.map(({ hyp }) => hyp));
    const oracle = run(pictures.map(({ refs }) => refs[0] ?? ''));
    expect(compareSystems(system, system).get('CIDEr')).toBe(1);
    const pValues = compareSystems(oracle, system);
    expect(pValues.get('CIDEr')).toBeLessThan(0.05);
    expect(pValues.has('SPICE')).toBe(false);
  });
});
