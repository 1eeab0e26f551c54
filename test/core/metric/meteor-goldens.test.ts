/** @file METEOR against all golden numbers of the METEOR 1.5 jar in pycocoevalcap 1.2; run where these lie beside the repository. */
import { describe, expect, it } from 'vitest';
import { stemEnglish } from '../../../src/core/metric/meteor/english-stem.ts';
import { synsetsOf } from '../../../src/core/metric/meteor/lexicon.ts';
import { alignMeteor, meteorCorpusScore, meteorSegments } from '../../../src/core/metric/meteor/meteor.ts';
import { finish } from '../../../src/core/metric/steps.ts';
import { meteorModules } from '../../../src/core/metric/meteor/modules.ts';
import type { MeteorModule } from '../../../src/core/metric/meteor/modules.ts';
import { normalizeForMeteor } from '../../../src/core/metric/meteor/normalize.ts';
import { sumMeteorStatistics } from '../../../src/core/metric/meteor/statistics.ts';
import { goldenLines, goldenText, hasGoldens, shippedMeteorData } from './meteor-files.ts';

interface GoldenPair {
  readonly hyp: string;
  readonly ref: string;
  readonly hypWords: readonly string[];
  readonly refWords: readonly string[];
  readonly hypFunction: readonly number[];
  readonly refFunction: readonly number[];
  readonly configs: readonly {
    readonly modules: string;
    readonly matches: readonly (readonly number[])[];
    readonly stats: readonly number[];
    readonly chunks: number;
    readonly precision: number;
    readonly recall: number;
    readonly fMean: number;
    readonly fragPenalty: number | null;
    readonly score: number;
  }[];
}

interface GoldenCaption {
  readonly hypTok: string;
  readonly refsTok?: readonly string[];
}

interface GoldenScore {
  readonly METEOR: number;
  readonly meteor: readonly { readonly best: number; readonly score: number; readonly stats: readonly number[] }[];
}

type GoldenCorpus = Readonly<
  Record<string, { readonly METEOR: number; readonly meteor: Readonly<Record<string, { score: number; stats: string }>> }>
>;

const moduleLists: readonly (readonly MeteorModule[])[] = [1, 2, 3, 4].map((count) => meteorModules.slice(0, count));
const sets = ['fakecap', 'cocodev', 'flickrdev', ...['shuffle', 'drop', 'syn', 'stem', 'para', 'other'].map((kind) => `flickrdev-${kind}`)];

describe.runIf(hasGoldens)('METEOR equals the jar', () => {
  const data = hasGoldens ? shippedMeteorData() : null;
  if (data === null) return;

  it('splits all 3,581 lines into the same words', () => {
    const lines = goldenLines<{ readonly in: string; readonly words: readonly string[] }>('meteor-normalize.jsonl');
    expect(lines).toHaveLength(3581);
    const ours = lines.map((line) => ({ in: line.in, words: normalizeForMeteor(line.in, data.lexicon.prefixes) }));
    expect(ours.filter((line, index) => line.words.join('\n') !== lines[index]?.words.join('\n'))).toEqual([]);
  });

  it('gives all 21,290 words the same stem and the same synsets', () => {
    const rows = goldenText('meteor-words.tsv')
      .split('\n')
      .filter((row) => row !== '');
    expect(rows).toHaveLength(21290);
    const ours = rows.map((row) => {
      const word = row.split('\t')[0] ?? '';
      const synsets = Array.from(synsetsOf(word, data.lexicon), (place) => data.lexicon.synsetNumbers[place]);
      return [word, stemEnglish(word), synsets.join(',')].join('\t');
    });
    expect(ours.filter((row, index) => row !== rows[index])).toEqual([]);
  });

  it('aligns all 1,251 pairs alike, for each of the four module lists', () => {
    const pairs = goldenLines<GoldenPair>('meteor-pairs.jsonl');
    expect(pairs).toHaveLength(1251);
    let largestDifference = 0;
    for (const pair of pairs) {
      pair.configs.forEach((golden, list) => {
        const ours = alignMeteor(pair.hyp, pair.ref, data, moduleLists[list]);
        const matches = ours.matches.map((match) => [
          match.referenceStart,
          match.referenceLength,
          match.hypothesisStart,
          match.hypothesisLength,
          meteorModules.indexOf(match.module),
        ]);
        expect(
          {
            words: [ours.hypothesisWords, ours.referenceWords],
            functionWords: [placesOf(ours.hypothesisIsFunction), placesOf(ours.referenceIsFunction)],
            matches,
            statistics: ours.statistics,
            chunks: ours.statistics[20],
          },
          `${golden.modules}: ${pair.hyp} | ${pair.ref}`,
        ).toEqual({
          words: [pair.hypWords, pair.refWords],
          functionWords: [pair.hypFunction, pair.refFunction],
          matches: golden.matches,
          statistics: golden.stats,
          chunks: golden.chunks,
        });
        for (const [our, their] of [
          [ours.precision, golden.precision],
          [ours.recall, golden.recall],
          [ours.fMean, golden.fMean],
          [ours.fragmentationPenalty, golden.fragPenalty ?? NaN],
          [ours.score, golden.score],
        ] as const) {
          expect(Number.isNaN(our)).toBe(Number.isNaN(their));
          if (!Number.isNaN(our)) largestDifference = Math.max(largestDifference, Math.abs(our - their));
        }
      });
    }
    expect(largestDifference).toBeLessThan(1e-12);
  });

  it.each(sets)('scores %s alike: best reference, statistics and score of each picture and of the set', (set) => {
    const captions = goldenLines<GoldenCaption>(`sets/${set}.jsonl`);
    const referencesOf = set.startsWith('flickrdev') ? goldenLines<GoldenCaption>('sets/flickrdev.jsonl') : captions;
    const golden = goldenLines<GoldenScore>(`scores/${set}.jsonl`);
    const corpus = (JSON.parse(goldenText('corpus.json')) as GoldenCorpus)[set];
    moduleLists.forEach((modules, list) => {
      const segments = finish(
        meteorSegments(
          captions.map((caption) => caption.hypTok),
          referencesOf.map((caption) => caption.refsTok ?? []),
          data,
          modules,
        ),
      );
      expect(segments.map(({ bestReference, statistics }) => ({ bestReference, statistics }))).toEqual(
        golden.map(({ meteor }) => ({ bestReference: meteor[list]?.best, statistics: meteor[list]?.stats })),
      );
      const differences = segments.map((segment, index) => Math.abs(segment.score - (golden[index]?.meteor[list]?.score ?? NaN)));
      expect(Math.max(...differences)).toBeLessThan(1e-12);
      const goldenSet = corpus?.meteor[modules.join(' ')];
      expect(sumMeteorStatistics(segments.map((segment) => segment.statistics)).join(' ')).toBe(goldenSet?.stats.replaceAll('.0', ''));
      expect(Math.abs(meteorCorpusScore(segments) - (goldenSet?.score ?? NaN))).toBeLessThan(1e-12);
      if (list === 3) expect(Math.abs(meteorCorpusScore(segments) - (corpus?.METEOR ?? NaN))).toBeLessThan(1e-12);
    });
  });
});

function placesOf(flags: readonly boolean[]): readonly number[] {
  return flags.flatMap((flag, place) => (flag ? [place] : []));
}
