/** @file CHAIR against the original program. */
import { describe, expect, it } from 'vitest';
import { findHallucinations, objectsOfPicture, readChairData } from '../../../src/core/metric/chair/chair.ts';
import type { CaptionHallucinations } from '../../../src/core/metric/chair/chair.ts';
import { singularize } from '../../../src/core/metric/chair/singular.ts';
import { nltkWords } from '../../../src/core/metric/chair/word-tokens.ts';
import { fixtureLines, shippedChairData } from './golden-sets.ts';
import { goldenText, hasGoldens } from './meteor-files.ts';

interface GoldenRow {
  readonly caption: string;
  readonly words: readonly string[];
  readonly mentioned: readonly string[];
  readonly hallucinated: readonly (readonly [string, string])[];
  readonly hallucinatedIndex: readonly number[];
}

interface GoldenChair {
  readonly CHAIRs: number;
  readonly CHAIRi: number;
  readonly images: Readonly<
    Record<string, { readonly instances: readonly string[]; readonly refs: readonly string[]; readonly objects: readonly string[] }>
  >;
  readonly rows: readonly (GoldenRow & { readonly id: string })[];
}

const data = shippedChairData();

function asGolden({ words, mentions, hallucinated }: CaptionHallucinations): Omit<GoldenRow, 'caption'> {
  return {
    words,
    mentioned: mentions.map(({ object }) => object),
    hallucinated: hallucinated.map(({ word, object }) => [word, object] as const),
    hallucinatedIndex: hallucinated.map(({ wordIndex }) => wordIndex),
  };
}

function expected({ words, mentioned, hallucinated, hallucinatedIndex }: GoldenRow): Omit<GoldenRow, 'caption'> {
  return { words, mentioned, hallucinated, hallucinatedIndex };
}

describe('findHallucinations', () => {
  it('finds what the original finds, captions made of its word list', () => {
    const rows = fixtureLines<GoldenRow & { readonly objects: readonly string[] }>('chair-rows.jsonl');
    expect(rows.length).toBeGreaterThan(300);
    for (const row of rows) expect(asGolden(findHallucinations(row.caption, new Set(row.objects), data))).toEqual(expected(row));
  });

  it('goes by references alone where there are no annotations', () => {
    const present = objectsOfPicture(['A puppy on a sofa.', 'Two dogs sleep.'], [], data);
    expect([...present].sort()).toEqual(['couch', 'dog']);
    expect(findHallucinations('a dog and a cat on a couch', present, data).hallucinated.map(({ object }) => object)).toEqual(['cat']);
  });

  it('knows a baby elephant, a bow tie and the seat of a toilet for what they are', () => {
    const mentioned = (caption: string): readonly string[] =>
      findHallucinations(caption, new Set(), data).mentions.map(({ object }) => object);
    expect(mentioned('a baby elephant with a bow tie')).toEqual(['elephant', 'tie']);
    expect(mentioned('the seat of the toilet')).toEqual(['toilet']);
    expect(mentioned('a seat beside train tracks')).toEqual(['chair']);
  });
});

describe.runIf(hasGoldens)('CHAIR on the golden captions', () => {
  const golden = hasGoldens ? (JSON.parse(goldenText('chair/golden.json')) as GoldenChair) : { CHAIRs: 0, CHAIRi: 0, images: {}, rows: [] };

  it('finds the objects of each picture, from instances and references', () => {
    for (const image of Object.values(golden.images)) {
      expect([...objectsOfPicture(image.refs, image.instances, data)].sort()).toEqual(image.objects);
    }
  });

  it('finds the same objects in each of 756 captions, and the same ratios', () => {
    const found = golden.rows.map((row) => findHallucinations(row.caption, new Set(golden.images[row.id]?.objects), data));
    expect(found.map(asGolden)).toEqual(golden.rows.map(expected));
    const invented = found.map(({ hallucinated }) => hallucinated.length);
    const mentions = found.reduce((sum, caption) => sum + caption.mentions.length, 0);
    expect(invented.filter((count) => count > 0).length / found.length).toBeCloseTo(golden.CHAIRs, 12);
    expect(invented.reduce((sum, count) => sum + count, 0) / mentions).toBeCloseTo(golden.CHAIRi, 12);
  });

  it('makes 5,382 words singular as the original does', () => {
    const pairs = goldenText('chair/singularize.tsv')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(pairs.map(([word = '']) => singularize(word, data.singular))).toEqual(pairs.map(([, singular]) => singular));
  });
});

describe('nltkWords', () => {
  it.each([
    ['she said "hello, you" (twice).', "she said `` hello , you '' ( twice ) ."],
    ["it's the dogs' bowl; they can't, cannot, won't.", "it 's the dogs ' bowl ; they ca n't , can not , wo n't ."],
    ['wait... what?! at 5:30, for $10 & 50%', 'wait ... what ? ! at 5:30 , for $ 10 & 50 %'],
    ['first sentence. second--one! third', 'first sentence . second -- one ! third'],
    ["'tis gonna be a 'quoted' word", "'t is gon na be a 'quoted ' word"],
  ])('cuts %s', (text, words) => expect(nltkWords(text).join(' ')).toBe(words));
});

describe('readChairData', () => {
  it('refuses files that are something else', () => {
    expect(() => readChairData({ synonyms: '', singular: '{}' })).toThrow(/synonyms/u);
    expect(() => readChairData({ synonyms: 'a, b\nc, d', singular: '{"rules": 3}' })).toThrow(/singularize-rules/u);
  });
});
