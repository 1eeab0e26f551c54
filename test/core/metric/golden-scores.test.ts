/** @file BLEU, ROUGE-L and CIDEr against pycocoevalcap, for sets and for single pictures. */
import { describe, expect, it } from 'vitest';
import { scoreBleu } from '../../../src/core/metric/bleu.ts';
import { explainCider, scoreCider } from '../../../src/core/metric/cider.ts';
import { countDocumentFrequencies } from '../../../src/core/metric/document-frequency.ts';
import { sumRows } from '../../../src/core/metric/picture-sums.ts';
import type { MetricResult } from '../../../src/core/metric/picture-sums.ts';
import { scoreRouge } from '../../../src/core/metric/rouge.ts';
import { finish } from '../../../src/core/metric/steps.ts';
import { fixtureLines, goldenSet, goldenSetNames, largestDifference, prepare } from './golden-sets.ts';
import type { GoldenPicture } from './golden-sets.ts';
import { goldenLines, goldenText, hasGoldens } from './meteor-files.ts';

interface GoldenScores {
  readonly Bleu: readonly number[];
  readonly ROUGE_L: number;
  readonly CIDEr: number;
  readonly cider_plain_own?: number;
}

const tolerance = 1e-9;

function scoreAll(pictures: readonly GoldenPicture[]): readonly MetricResult[] {
  const { set, hypotheses } = prepare(pictures);
  const terms = { index: set.index, frequencies: finish(countDocumentFrequencies(set)) };
  return [
    finish(scoreBleu(hypotheses, set.references, set.index)),
    finish(scoreRouge(hypotheses, set.references)),
    finish(scoreCider(hypotheses, set.references, { ...terms, variant: 'd' })),
    finish(scoreCider(hypotheses, set.references, { ...terms, variant: 'plain' })),
  ];
}

function valuesOf({ rows, width, combine, pictureScores }: MetricResult): readonly number[] {
  return combine(sumRows(rows, width), pictureScores[0]?.length ?? 0);
}

function column(result: MetricResult | undefined, k = 0): readonly number[] {
  return result?.pictureScores[k] ?? [];
}

describe('scores of 100 pictures of coco-caption', () => {
  const pictures = fixtureLines<GoldenPicture & GoldenScores>('fakecap-100.jsonl');
  const [bleu, rouge] = scoreAll(pictures);

  it('have the reference’s BLEU-1 to BLEU-4 for each picture', () => {
    for (let k = 0; k < 4; k++) {
      expect(
        largestDifference(
          column(bleu, k),
          pictures.map((picture) => picture.Bleu[k] ?? NaN),
        ),
      ).toBeLessThan(tolerance);
    }
  });

  it('have the reference’s ROUGE-L for each picture', () => {
    expect(
      largestDifference(
        column(rouge),
        pictures.map((picture) => picture.ROUGE_L),
      ),
    ).toBeLessThan(tolerance);
  });
});

describe.runIf(hasGoldens)('scores of the golden sets', () => {
  const corpus = hasGoldens ? (JSON.parse(goldenText('corpus.json')) as Record<string, Record<string, number>>) : {};

  it.each(goldenSetNames)('are those of pycocoevalcap for %s', (name) => {
    const pictures = goldenSet(name);
    const expected = goldenLines<GoldenScores>(`scores/${name}.jsonl`);
    const { set, hypotheses } = prepare(pictures);
    expect(hypotheses.map(({ tokens }) => tokens)).toEqual(pictures.map(({ hypTok }) => hypTok));
    expect(set.references.map((list) => list.map(({ tokens }) => tokens))).toEqual(pictures.map(({ refsTok }) => refsTok));

    const [bleu, rouge, cider, plain] = scoreAll(pictures);
    for (let k = 0; k < 4; k++) {
      expect(
        largestDifference(
          column(bleu, k),
          expected.map((scores) => scores.Bleu[k] ?? NaN),
        ),
      ).toBeLessThan(tolerance);
    }
    expect(
      largestDifference(
        column(rouge),
        expected.map((scores) => scores.ROUGE_L),
      ),
    ).toBeLessThan(tolerance);
    expect(
      largestDifference(
        column(cider),
        expected.map((scores) => scores.CIDEr),
      ),
    ).toBeLessThan(tolerance);
    if (!name.includes('-')) {
      expect(
        largestDifference(
          column(plain),
          expected.map((scores) => scores.cider_plain_own ?? NaN),
        ),
      ).toBeLessThan(tolerance);
    }
    const ofSet = corpus[name] ?? {};
    const names = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr', 'cider_plain_own'];
    const values = [bleu, rouge, cider, plain].flatMap((result) => (result ? valuesOf(result) : []));
    expect(
      largestDifference(
        values,
        names.map((key) => ofSet[key] ?? NaN),
      ),
    ).toBeLessThan(tolerance);
  });
});

describe('explainCider', () => {
  it('lists n-grams whose parts sum to the picture’s score', () => {
    const pictures = fixtureLines<GoldenPicture>('fakecap-100.jsonl');
    const { set, hypotheses } = prepare(pictures);
    const terms = { index: set.index, frequencies: finish(countDocumentFrequencies(set)), variant: 'd' } as const;
    const scores = column(finish(scoreCider(hypotheses, set.references, terms)));
    hypotheses.forEach((hypothesis, picture) => {
      const parts = explainCider(hypothesis, set.references[picture] ?? [], terms);
      expect(parts.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(scores[picture] ?? NaN, 9);
      expect(parts.every(({ ngram }) => ` ${hypothesis.tokens} `.includes(` ${ngram} `))).toBe(true);
    });
  });
});
