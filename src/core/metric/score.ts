/** @file Scores a system's captions with any choice of metrics: the one face for worker and command line. */

import { StudioError } from '../error.ts';
import { scoreBleu } from './bleu.ts';
import { drawPictures, pairedPValue, percentileInterval, scoreDraws, type NumberSource, type PictureDraws } from './bootstrap.ts';
import { createReferenceSet, prepareCaption, type PictureReferences, type PreparedCaption, type ReferenceSet } from './caption-set.ts';
import { scoreChair, type ChairSetting } from './chair/chair-result.ts';
import { scoreCider } from './cider.ts';
import {
  countDocumentFrequencies,
  readDocumentFrequencies,
  type DocumentFrequencies,
  type DocumentFrequencyTable,
} from './document-frequency.ts';
import { joinMeteor, scoreMeteorPart, type MeteorSetting } from './meteor-result.ts';
import type { MeteorSegment } from './meteor/meteor.ts';
import { meteorName } from './meteor/modules.ts';
import { sumRows, type MetricResult } from './picture-sums.ts';
import { scoreRouge } from './rouge.ts';
import { measureDiversity, type SetMeasure } from './style/diversity.ts';
import { measureStyle } from './style/style.ts';

/** What can be asked for, in the order in which it is shown; `BLEU`, `CHAIR` and `style` stand for several scores. */
export const metricChoices = ['BLEU', 'METEOR', 'ROUGE_L', 'CIDEr', 'CIDEr_plain', 'SPICE', 'CHAIR', 'style'] as const;

/** One of the choices. */
export type MetricChoice = (typeof metricChoices)[number];

/** What a scoring is made with; metrics whose data is missing become rows that say so. */
export interface ScoreOptions {
  readonly metrics: readonly MetricChoice[];
  /** CIDEr's document frequencies; those of the reference set unless given. */
  readonly documentFrequencies?: DocumentFrequencyTable;
  readonly meteor?: MeteorSetting;
  readonly chair?: ChairSetting;
  /** How many draws the intervals rest on, and where chance comes from; without it there are no intervals. */
  readonly bootstrap?: { readonly draws: number; readonly source: NumberSource };
}

/** How far a scoring is. */
export interface ScoreProgress {
  /** What is being done: `references`, `captions`, the name of a metric, or `intervals`. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** A score of the whole set, or the reason why there is none. */
export interface ScoreRow {
  readonly name: string;
  readonly value: number | null;
  /** The 95 % interval; null without a bootstrap. */
  readonly low: number | null;
  readonly high: number | null;
  /** Why there is no value. */
  readonly reason?: string;
  /** Scores of the pictures, where the metric has them. */
  readonly pictures?: readonly number[];
  /** Scores of the bootstrap's draws, for comparing systems. */
  readonly drawn?: readonly number[];
}

/** A system's scores; pictures are in the order of the reference set. */
export interface SystemScores {
  readonly files: readonly string[];
  readonly captions: readonly PreparedCaption[];
  readonly rows: readonly ScoreRow[];
}

/** Pictures between two looks at cancel and progress. */
const chunkSize = 64;

/**
 * Tokenises and counts references, once for all systems that are compared on them. Each step of the generator is a chance to stop.
 *
 * @throws {StudioError} 'argument-invalid' when there is no picture, or one without a reference
 */
export function* prepareReferences(pictures: readonly PictureReferences[]): Generator<ScoreProgress, ReferenceSet> {
  if (pictures.length === 0) throw new StudioError('argument-invalid', 'scores: no pictures with references; give at least one');
  const builder = createReferenceSet();
  for (const [done, picture] of pictures.entries()) {
    if (done % chunkSize === 0) yield { stage: 'references', done, total: pictures.length };
    builder.add(picture);
  }
  return builder.set;
}

/**
 * Scores a system's captions, one for each picture of the set and in its order.
 *
 * @shape captions [pictures]
 * @throws {StudioError} 'argument-invalid' when captions and pictures differ in number
 */
export function* scoreSystem(texts: readonly string[], set: ReferenceSet, options: ScoreOptions): Generator<ScoreProgress, SystemScores> {
  if (texts.length !== set.files.length) {
    const counts = `${String(texts.length)} captions for ${String(set.files.length)} pictures`;
    throw new StudioError('argument-invalid', `scores: ${counts}; give one caption for each picture`);
  }
  const captions: PreparedCaption[] = [];
  for (const [done, text] of texts.entries()) {
    if (done % chunkSize === 0) yield { stage: 'captions', done, total: texts.length };
    captions.push(prepareCaption(text, set));
  }
  const draws = options.bootstrap && drawPictures(texts.length, options.bootstrap.draws, options.bootstrap.source);
  const rows: ScoreRow[] = [];
  for (const metric of metricChoices.filter((choice) => options.metrics.includes(choice))) {
    yield { stage: metric, done: 0, total: texts.length };
    const results = yield* scoreMetric(metric, { captions, set, options });
    yield { stage: 'intervals', done: 0, total: results.length };
    rows.push(...results.flatMap((result) => toRows(result, draws)));
  }
  return { files: set.files, captions, rows };
}

/** Compares a system with a baseline on the same pictures and draws: p-values by name, for the scores that both have. */
export function compareSystems(system: SystemScores, baseline: SystemScores): ReadonlyMap<string, number> {
  const drawnByName = new Map(baseline.rows.map((row) => [row.name, row.drawn]));
  return new Map(
    system.rows.flatMap(({ name, drawn }) => {
      const others = drawnByName.get(name);
      return drawn === undefined || others === undefined ? [] : [[name, pairedPValue(drawn, others)] as const];
    }),
  );
}

/** What a metric is scored on. */
interface ScoreInput {
  readonly captions: readonly PreparedCaption[];
  readonly set: ReferenceSet;
  readonly options: ScoreOptions;
}

/** A score that could not be computed. */
interface Missing {
  readonly names: readonly string[];
  readonly reason: string;
}

type Outcome = MetricResult | SetMeasure | Missing;

function* scoreMetric(metric: MetricChoice, input: ScoreInput): Generator<ScoreProgress, readonly Outcome[]> {
  const { captions, set, options } = input;
  switch (metric) {
    case 'BLEU':
      return [scoreBleu(captions, set.references, set.index)];
    case 'ROUGE_L':
      return [scoreRouge(captions, set.references)];
    case 'CIDEr':
    case 'CIDEr_plain': {
      const frequencies = frequenciesOf(set, options.documentFrequencies);
      return [scoreCider(captions, set.references, { index: set.index, frequencies, variant: metric === 'CIDEr' ? 'd' : 'plain' })];
    }
    case 'METEOR':
      return [
        options.meteor ? yield* scoreMeteor(input, options.meteor) : { names: [meteorName()], reason: 'METEOR’s data is not loaded' },
      ];
    case 'CHAIR':
      return options.chair
        ? scoreChair({ files: set.files, hypotheses: captions, references: set.references }, options.chair)
        : [{ names: ['CHAIRs', 'CHAIRi'], reason: 'CHAIR’s word lists are not loaded' }];
    case 'SPICE':
      return [{ names: ['SPICE'], reason: 'not computed: it needs a dependency parser for English, which this program does not have yet' }];
    case 'style':
      return [...measureStyle(captions, set), ...measureDiversity(captions, set.index)];
    default:
      return metric satisfies never;
  }
}

function* scoreMeteor({ captions, set }: ScoreInput, setting: MeteorSetting): Generator<ScoreProgress, MetricResult> {
  const segments: MeteorSegment[] = [];
  for (let done = 0; done < captions.length; done += chunkSize) {
    yield { stage: 'METEOR', done, total: captions.length };
    const end = done + chunkSize;
    segments.push(...scoreMeteorPart(captions.slice(done, end), set.references.slice(done, end), setting));
  }
  return joinMeteor(segments, setting);
}

function frequenciesOf(set: ReferenceSet, table: DocumentFrequencyTable | undefined): DocumentFrequencies {
  return table === undefined ? countDocumentFrequencies(set) : readDocumentFrequencies(table, set);
}

function toRows(outcome: Outcome, draws: PictureDraws | undefined): readonly ScoreRow[] {
  if ('reason' in outcome) return outcome.names.map((name) => ({ name, value: null, low: null, high: null, reason: outcome.reason }));
  if ('standardError' in outcome) {
    const margin = 1.96 * outcome.standardError; // of a normal distribution, 95 %
    const interval = draws === undefined ? noInterval : { low: Math.max(0, outcome.value - margin), high: outcome.value + margin };
    return [{ name: outcome.name, value: outcome.value, ...interval }];
  }
  const pictureCount = outcome.pictureScores[0]?.length ?? 0;
  const values = outcome.combine(sumRows(outcome.rows, outcome.width), pictureCount);
  const drawnScores = draws && scoreDraws(outcome, draws);
  return outcome.names.map((name, k) => {
    const row = { name, value: values[k] ?? 0, pictures: outcome.pictureScores[k] ?? [] };
    const drawn = drawnScores?.[k];
    return drawn === undefined ? { ...row, ...noInterval } : { ...row, ...percentileInterval(drawn), drawn };
  });
}

const noInterval = { low: null, high: null } as const;
