/** @file Measures of style. */
import { describe, expect, it } from 'vitest';
import { scoreBleu } from '../../../src/core/metric/bleu.ts';
import { createPtbTokenizer } from '../../../src/core/metric/ptb/tokenizer.ts';
import { measureDiversity } from '../../../src/core/metric/style/diversity.ts';
import { scoreSelfBleu } from '../../../src/core/metric/style/self-bleu.ts';
import { countSyllables, hasLoop, splitSentences } from '../../../src/core/metric/style/sentences.ts';
import { captionStyleNames, measureStyle } from '../../../src/core/metric/style/style.ts';
import { finish } from '../../../src/core/metric/steps.ts';
import { largestDifference, prepare } from './golden-sets.ts';

const tokenizer = createPtbTokenizer();

function prepareCaptions(captions: readonly string[]): ReturnType<typeof prepare> {
  return prepare(captions.map((hyp, i) => ({ id: String(i), hyp, refs: ['a reference'] })));
}

describe('splitSentences', () => {
  it('ends sentences at periods that are no part of an abbreviation', () => {
    expect(splitSentences('Dr. Lee isn’t here at 5 p.m., is he? No! He (and Ann) left', tokenizer)).toEqual([
      ['dr.', 'lee', "isn't", 'here', 'at', '5', 'p.m.', 'is', 'he'],
      ['no'],
      ['he', 'and', 'ann', 'left'],
    ]);
    expect(splitSentences('. ... !', tokenizer)).toEqual([]);
  });
});

describe('countSyllables', () => {
  it.each([
    ['cat', 1],
    ['table', 2],
    ['bicycle', 3],
    ['walked', 1],
    ['painted', 2],
    ['photograph', 3],
    ['the', 1],
    ['42', 2],
  ])('counts those of %s', (word, count) => expect(countSyllables(word)).toBe(count));
});

describe('hasLoop', () => {
  const loops = (text: string): boolean => hasLoop(splitSentences(text, tokenizer));

  it('sees a phrase three times in a row, and a sentence that comes again', () => {
    expect(loops('a cat and a cat and a cat and')).toBe(true);
    expect(loops('very very very small')).toBe(true);
    expect(loops('A man rides a bike. It is red. A man rides a bike.')).toBe(true);
  });

  it('lets pass what is merely said twice', () => {
    expect(loops('a cat and a cat')).toBe(false);
    expect(loops('A dog. A dog. A man and a woman and a child.')).toBe(false);
  });
});

describe('scoreSelfBleu', () => {
  it('scores each caption as BLEU does against all others', () => {
    const captions = [
      'a man on a red bike',
      'a man on a bike',
      'a man on a bike',
      'two dogs run on the wet grass',
      'two dogs on a bike',
      'a',
    ];
    const { set, hypotheses } = prepareCaptions(captions);
    const others = hypotheses.map((_, i) => hypotheses.filter((_, j) => j !== i));
    const expected = finish(scoreBleu(hypotheses, others, set.index)).pictureScores[3] ?? [];
    expect(largestDifference(finish(scoreSelfBleu(hypotheses, set.index)).pictureScores[0] ?? [], expected)).toBeLessThan(1e-12);
  });
});

describe('measureStyle', () => {
  it('gives every measure a value for each caption', () => {
    const { set, hypotheses } = prepareCaptions(['A man on a bike. He rides.', 'a man on a horse', 'two dogs']);
    const results = finish(measureStyle(hypotheses, set));
    expect(results.flatMap(({ names }) => names)).toEqual(captionStyleNames);
    const [words, sentences, perSentence, , , sameStart] = results.map(({ pictureScores }) => pictureScores[0]);
    expect(words).toEqual([7, 5, 2]);
    expect(sentences).toEqual([2, 1, 1]);
    expect(perSentence).toEqual([3.5, 5, 2]);
    expect(sameStart).toEqual([1, 1, 0]);
  });

  it('reads the grade of a text as Kincaid does', () => {
    const { set, hypotheses } = prepareCaptions(['The cat sat. The dog ran to a table.']);
    const grade = finish(measureStyle(hypotheses, set)).find(({ names }) => names[0] === 'reading_grade');
    expect(grade?.pictureScores[0]?.[0]).toBeCloseTo(0.39 * (9 / 2) + 11.8 * (10 / 9) - 15.59, 10);
  });
});

describe('measureDiversity', () => {
  it('counts different words and pairs', () => {
    const { set, hypotheses } = prepareCaptions(['a cat and a dog', 'a cat', 'two birds']);
    const measures = finish(measureDiversity(hypotheses, set.index));
    expect(measures.map(({ name, value }) => [name, value])).toEqual([
      ['vocabulary', 6],
      ['distinct_1', 6 / 9],
      ['distinct_2', 5 / 6],
    ]);
  });

  it('finds no spread where all captions are alike, and some where they are not', () => {
    const alike = prepareCaptions(Array.from({ length: 40 }, () => 'a man rides a bike'));
    expect(finish(measureDiversity(alike.hypotheses, alike.set.index))[0]?.standardError).toBe(0);
    const mixed = prepareCaptions(Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? `a number ${String(i)}` : 'a man')));
    expect(finish(measureDiversity(mixed.hypotheses, mixed.set.index))[0]?.standardError).toBeGreaterThan(0);
  });

  it('gives zeros for captions without words', () => {
    const { set, hypotheses } = prepareCaptions(['', '']);
    expect(finish(measureDiversity(hypotheses, set.index)).map(({ value }) => value)).toEqual([0, 0, 0]);
  });
});
