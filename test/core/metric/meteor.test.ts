/** @file METEOR on captions of coco-caption's fake results, on small examples, and on data that lies. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../src/core/error.ts';
import { readMeteorData } from '../../../src/core/metric/meteor/data.ts';
import type { MeteorData } from '../../../src/core/metric/meteor/data.ts';
import { alignMeteor, meteorCorpusScore, meteorSegments } from '../../../src/core/metric/meteor/meteor.ts';
import { finish } from '../../../src/core/metric/steps.ts';
import type { MeteorSegment } from '../../../src/core/metric/meteor/meteor.ts';
import { meteorModules, meteorName } from '../../../src/core/metric/meteor/modules.ts';
import { normalizeForMeteor } from '../../../src/core/metric/meteor/normalize.ts';
import { meteorAddend, scoreMeteorStatistics, sumMeteorStatistics } from '../../../src/core/metric/meteor/statistics.ts';
import { shippedMeteorData, shippedMeteorFile } from './meteor-files.ts';

interface Golden {
  readonly pictures: readonly {
    readonly hypothesis: string;
    readonly references: readonly string[];
    readonly meteor: readonly MeteorSegment[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/metrics/meteor-fakecap.json', import.meta.url), 'utf8')) as Golden;
const data = shippedMeteorData();
const words = [
  'a',
  'the',
  'dog',
  'dogs',
  'hound',
  'runs',
  'running',
  'on',
  'grass',
  'in front of',
  'before',
  'bike',
  'bicycle',
  'geese',
  'goose',
];
const caption = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(' '));

function segmentsOf(...input: Parameters<typeof meteorSegments>): readonly MeteorSegment[] {
  return finish(meteorSegments(...input));
}

describe('meteorSegments', () => {
  it.each([1, 2, 3, 4])('gives the jar’s counts and scores with the first %d matchers', (count) => {
    const segments = segmentsOf(
      golden.pictures.map((picture) => picture.hypothesis),
      golden.pictures.map((picture) => picture.references),
      data,
      meteorModules.slice(0, count),
    );
    segments.forEach((segment, index) => {
      const expected = golden.pictures[index]?.meteor[count - 1];
      expect({ ...segment, score: 0 }).toEqual({ ...expected, score: 0 });
      expect(segment.score).toBeCloseTo(expected?.score ?? NaN, 12);
    });
  });

  it.each([
    ['c8', 'av', 1],
    ['c8', 'avs', 0.6],
    ['c8s', 'av', 0],
    ['a c8 dogs', 'a av dogs', 1],
    ['a4 paper', 'c3 paper', 0.2],
    [
      'a case full of teddy bears are dressed in religious symbols with b & w of new ؟',
      "° no a two / ----- 5 10 't was n't man and skateboardx.y on",
      0.053706293706293706,
    ],
  ])('takes words for the same that the jar numbers alike: %s and %s', (hypothesis, reference, score) => {
    expect(segmentsOf([hypothesis], [[reference]], data)[0]?.score).toBeCloseTo(score, 12);
  });

  it('takes the first of references that score alike', () => {
    expect(segmentsOf(['a dog'], [['a cat', 'a dog', 'a dog']], data)[0]).toMatchObject({ bestReference: 1, score: 1 });
  });

  it('gives 0 to an empty caption and to one without any match', () => {
    expect(segmentsOf(['', 'purple rain'], [['a dog'], ['two cats']], data).map(({ score }) => score)).toEqual([0, 0]);
  });

  it('stays between 0 and 1, and gives 1 to a reference repeated word for word', () => {
    fc.assert(
      fc.property(caption, caption, (hypothesis, reference) => {
        const [segment, same] = segmentsOf([hypothesis, reference], [[reference], [reference]], data);
        expect(segment?.score).toBeGreaterThanOrEqual(0);
        expect(segment?.score).toBeLessThanOrEqual(1);
        expect(same?.score).toBeCloseTo(reference === '' ? 0 : 1, 12);
      }),
      { numRuns: 200 },
    );
  });

  it('hands back control before each reference and says how far it is', () => {
    const steps = meteorSegments(['a', 'b', 'c', 'd'], [['a', 'a'], ['b'], ['c', 'c', 'c'], ['d']], data);
    const seen: number[] = [];
    for (let step = steps.next(); step.done !== true; step = steps.next()) seen.push(step.value);
    expect(seen).toEqual([0, 0, 0.25, 0.5, 0.5, 0.5, 0.75]);
  });

  it('refuses captions without references, uneven lists, and matchers that it has no data for', () => {
    const small = readMeteorData({ lexicon: shippedMeteorFile('lexicon.dat') });
    for (const run of [
      () => segmentsOf(['a'], [[]], data),
      () => segmentsOf(['a'], [], data),
      () => segmentsOf(['a'], [['a']], small),
      () => segmentsOf(['a'], [['a']], data, ['stem']),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
    }
    expect(segmentsOf(['dogs'], [['hound']], small, ['exact', 'stem', 'synonym'])[0]?.score).toBeGreaterThan(0);
  });
});

describe('meteorCorpusScore', () => {
  it('is the score of the summed counts, not the mean of the scores', () => {
    const segments = segmentsOf(['a dog', 'a small dog runs'], [['a dog'], ['the little dog is running']], data);
    const sum = [0, 1].map((index) => meteorAddend(segments[index]?.statistics ?? []));
    const total = sum[0]?.map((count, place) => count + (sum[1]?.[place] ?? NaN)) ?? [];
    expect(meteorCorpusScore(segments)).toBe(scoreMeteorStatistics(total).score);
    expect(meteorCorpusScore(segments)).not.toBeCloseTo(((segments[0]?.score ?? 0) + (segments[1]?.score ?? 0)) / 2, 3);
  });

  it('counts no chunk for captions that match a reference as a whole', () => {
    const segments = segmentsOf(['a dog', 'two cats'], [['a dog'], ['two cats']], data);
    expect(sumMeteorStatistics(segments.map(({ statistics }) => statistics))[20]).toBe(0);
    expect(meteorCorpusScore(segments)).toBeCloseTo(1, 12);
    expect(meteorCorpusScore([])).toBe(0);
  });
});

describe('alignMeteor', () => {
  const told = (hypothesis: string, reference: string, count: number): unknown => {
    const { matches, hypothesisWords, referenceWords } = alignMeteor(hypothesis, reference, data, meteorModules.slice(0, count));
    return matches.map((match) => [
      hypothesisWords.slice(match.hypothesisStart, match.hypothesisStart + match.hypothesisLength).join(' '),
      referenceWords.slice(match.referenceStart, match.referenceStart + match.referenceLength).join(' '),
      match.module,
    ]);
  };

  it('tells which words stand for which, and why', () => {
    expect(told('the dogs ride a bike', 'a dog on the bicycle', 2)).toContainEqual(['dogs', 'dog', 'stem']);
    expect(told('the dogs ride a bike', 'a dog on the bicycle', 3)).toContainEqual(['bike', 'bicycle', 'synonym']);
    expect(told('people standing in front of a house', 'people standing before a house', 4)).toContainEqual([
      'in front of a',
      'before a',
      'paraphrase',
    ]);
  });

  it('knows irregular forms through WordNet', () => {
    expect(told('geese', 'goose', 3)).toEqual([['geese', 'goose', 'synonym']]);
  });

  it('leaves a lone match that two matchers found, as the jar does, since it counts nothing in the search', () => {
    expect(told('geese', 'goose', 4)).toEqual([]);
  });

  it('marks function words', () => {
    expect(alignMeteor('the dogs on a bike', '', data).hypothesisIsFunction).toEqual([true, false, true, true, false]);
  });
});

describe('meteorName', () => {
  it('calls METEOR only what uses all four matchers', () => {
    expect(meteorName()).toBe('METEOR');
    expect(meteorName(['stem', 'exact'])).toBe('METEOR (exact, stem)');
  });
});

describe('normalizeForMeteor', () => {
  it.each([
    ["A man's dog isn't on the boat.", "a man 's dog isn 't on the boat ."],
    ['the U.S. team, dr. Smith and 3,000 well-known fans ...', 'the us team , dr . smith and 3,000 well known fans ...'],
    ['a family 👨‍👩‍👧 “here”', 'a family 👨 \u200d 👩 \u200d 👧 " here "'],
  ])('splits %s', (text, expected) => {
    expect(normalizeForMeteor(text, data.lexicon.prefixes).join(' ')).toBe(expected);
  });
});

describe('readMeteorData', () => {
  const lexicon = shippedMeteorFile('lexicon.dat');

  it('reads a paraphrase table written by hand', () => {
    const table = paraphraseTable();
    const own: MeteorData = readMeteorData({ lexicon, paraphrases: table });
    const ours = alignMeteor('a quick tour', 'a rapid trip', own).matches.filter((match) => match.module === 'paraphrase');
    expect(ours).toEqual([{ referenceStart: 1, referenceLength: 2, hypothesisStart: 1, hypothesisLength: 2, module: 'paraphrase' }]);
  });

  it('refuses files that are cut short, carry more, or are still compressed', () => {
    const table = paraphraseTable();
    const longer = new Uint8Array(table.length + 1);
    longer.set(table);
    const broken = [...Array(table.length).keys()].map((length) => table.slice(0, length));
    for (const paraphrases of [...broken, longer]) expectInvalid(() => readMeteorData({ lexicon: tinyLexicon, paraphrases }));
    for (const length of [0, 3, 4, 55, 56, 1000, lexicon.length - 1])
      expectInvalid(() => readMeteorData({ lexicon: lexicon.slice(0, length) }));
    expectInvalid(() => readMeteorData({ lexicon: Uint8Array.of(0x1f, 0x8b, 8, 0) }));
  });

  it('either reads or refuses a table with any byte changed, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.nat(paraphraseTable().length - 1), fc.nat(255), (place, value) => {
        const paraphrases = paraphraseTable();
        paraphrases[place] = value;
        try {
          alignMeteor('a quick tour', 'a rapid trip', { ...data, ...pick(readMeteorData({ lexicon: tinyLexicon, paraphrases })) });
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          expect(error).toMatchObject({ code: 'file-invalid' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const pick = ({ paraphrases }: MeteorData): Pick<MeteorData, 'paraphrases'> => ({ paraphrases });

function expectInvalid(run: () => unknown): void {
  expect(run).toThrow(expect.objectContaining({ code: 'file-invalid' }));
}

/** Puts a packed file together: mark, numbers, lengths of streams, streams. */
function packed(mark: string, numbers: readonly number[], streams: readonly (string | readonly number[])[]): Uint8Array {
  const bodies = streams.map((stream) => (typeof stream === 'string' ? [...new TextEncoder().encode(stream)] : stream));
  const header = new Uint32Array([...numbers, ...bodies.map((body) => body.length)]);
  return Uint8Array.from([...new TextEncoder().encode(mark), ...new Uint8Array(header.buffer), ...bodies.flat()]);
}

/** Word lists without words. */
const tinyLexicon = packed('MLX1', [0, 0, 0], [[], [], [], [], [], [], [], [], [], []]);

/** A table of three phrases, “quick”, “quick tour” and “rapid trip”; the second stands for the third. */
function paraphraseTable(): Uint8Array {
  return packed(
    'MPT1',
    [4, 3, 1, 1],
    ['quick\nrapid\ntour\ntrip\n', [1, 2, 2], [0, 1, 0], [0, 2, 1, 3], [0, 0, 0, 0], [0, 1, 0], [2], [0], [0]],
  );
}
