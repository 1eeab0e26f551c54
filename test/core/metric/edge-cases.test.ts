/** @file Small and strange sets: empty captions, one picture, unequal numbers of references, other scripts. */
import { describe, expect, it } from 'vitest';
import { scoreSystem, prepareReferences } from '../../../src/core/metric/score.ts';
import type { ScoreRow } from '../../../src/core/metric/score.ts';
import { fixtureText, largestDifference } from './golden-sets.ts';
import { shippedMeteorData } from './meteor-files.ts';

interface EdgeCase {
  readonly case: string;
  readonly refs: Readonly<Record<string, readonly string[]>>;
  readonly hyp: Readonly<Record<string, string>>;
  readonly scores: {
    readonly Bleu: { readonly corpus: readonly number[]; readonly images: readonly (readonly number[])[] };
    readonly METEOR: { readonly corpus: number; readonly images: readonly number[] };
    readonly ROUGE_L: { readonly corpus: number; readonly images: readonly number[] };
    readonly CIDEr: { readonly corpus: number; readonly images: readonly number[] };
  };
}

const cases = JSON.parse(fixtureText('edge.json')) as readonly EdgeCase[];
const meteor = { data: shippedMeteorData() };

function scoreCase({ refs, hyp }: EdgeCase): readonly ScoreRow[] {
  const files = Object.keys(hyp);
  const set = finish(prepareReferences(files.map((file) => ({ file, references: refs[file] ?? [] }))));
  const metrics = ['BLEU', 'METEOR', 'ROUGE_L', 'CIDEr'] as const;
  return finish(
    scoreSystem(
      files.map((file) => hyp[file] ?? ''),
      set,
      { metrics, meteor },
    ),
  ).rows;
}

function finish<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** The reference takes these captions apart at the separator and scores every later picture with the wrong caption. */
const isShifted = (name: string): boolean => name.startsWith('line separator') || name.startsWith('form feed');

describe('scores of edge cases', () => {
  it.each(cases.filter((edge) => !isShifted(edge.case)).map((edge) => [edge.case, edge] as const))('are pycocoevalcap’s: %s', (_, edge) => {
    const { Bleu, METEOR, ROUGE_L, CIDEr } = edge.scores;
    const rows = scoreCase(edge);
    const values = [...Bleu.corpus, METEOR.corpus, ROUGE_L.corpus, CIDEr.corpus];
    expect(
      largestDifference(
        rows.map(({ value }) => value ?? NaN),
        values,
      ),
    ).toBeLessThan(1e-9);
    const pictures = [...Bleu.images, METEOR.images, ROUGE_L.images, CIDEr.images];
    rows.forEach((row, i) => expect(largestDifference(row.pictures ?? [], pictures[i] ?? [])).toBeLessThan(1e-9));
  });

  it('do not shift captions at a line separator: they are those of the same set with a blank', () => {
    const shifted = cases.filter((edge) => isShifted(edge.case));
    expect(shifted.length).toBe(2);
    for (const edge of shifted) {
      const blank = JSON.parse(JSON.stringify(edge).replaceAll(/\u2028|\\f/gu, ' ')) as EdgeCase;
      const values = scoreCase(edge).map(({ value }) => value);
      expect(values).toEqual(scoreCase(blank).map(({ value }) => value));
      expect(values[0]).not.toBeCloseTo(edge.scores.Bleu.corpus[0] ?? NaN, 3);
    }
  });
});
