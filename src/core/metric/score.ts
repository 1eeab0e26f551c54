/** @file Scores a system's captions with any choice of metrics: the one face for worker and command line. */

import { StudioError } from '../error.ts';
import { scoreBleu } from './bleu.ts';
import { checkDraws, pairedPValue, percentileInterval, scoreDraws, type DrawnScores, type DrawOptions } from './bootstrap.ts';
import { createReferenceSet, prepareCaption, type PictureReferences, type PreparedCaption, type ReferenceSet } from './caption-set.ts';
import { scoreChair, type ChairSetting } from './chair/chair-result.ts';
import { scoreCider } from './cider.ts';
import {
  countDocumentFrequencies,
  readDocumentFrequencies,
  type DocumentFrequencies,
  type DocumentFrequencyTable,
} from './document-frequency.ts';
import { scoreMeteor, type MeteorSetting } from './meteor-result.ts';
import { meteorName } from './meteor/modules.ts';
import { sumRows, type MetricResult } from './picture-sums.ts';
import { scoreRouge } from './rouge.ts';
import { asStretch, type Steps } from './steps.ts';
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
  readonly bootstrap?: DrawOptions;
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

/** Pictures between two looks at cancel and progress, while their captions are cut. */
const chunkSize = 16;

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
  if (options.bootstrap) checkDraws(options.bootstrap.draws);
  const captions: PreparedCaption[] = [];
  for (const [done, text] of texts.entries()) {
    if (done % chunkSize === 0) yield { stage: 'captions', done, total: texts.length };
    captions.push(prepareCaption(text, set));
  }
  const outcomes: Outcome[] = [];
  for (const metric of metricChoices.filter((choice) => options.metrics.includes(choice)))
    outcomes.push(...(yield* inStage(metric, texts.length, scoreMetric(metric, { captions, set, options }))));
  const results = outcomes.filter((outcome) => 'pictureScores' in outcome);
  const drawn = options.bootstrap && (yield* drawAll(results, texts.length, options.bootstrap));
  return { files: set.files, captions, rows: outcomes.flatMap((outcome) => toRows(outcome, drawn)) };
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

/** Tells the steps of a stage in its own units. */
function* inStage<T>(stage: string, total: number, steps: Steps<T>): Generator<ScoreProgress, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield { stage, done: Math.floor(step.value * total), total };
  }
}

type Drawn = ReadonlyMap<Outcome, DrawnScores>;

function* drawAll(results: readonly MetricResult[], pictureCount: number, options: DrawOptions): Generator<ScoreProgress, Drawn> {
  const scores = yield* inStage('intervals', options.draws, scoreDraws(results, pictureCount, options));
  return new Map(results.map((result, place) => [result, scores[place] ?? []]));
}

function* scoreMetric(metric: MetricChoice, input: ScoreInput): Steps<readonly Outcome[]> {
  const { captions, set, options } = input;
  switch (metric) {
    case 'BLEU':
      return [yield* scoreBleu(captions, set.references, set.index)];
    case 'ROUGE_L':
      return [yield* scoreRouge(captions, set.references)];
    case 'CIDEr':
    case 'CIDEr_plain': {
      const frequencies = yield* asStretch(frequenciesOf(set, options.documentFrequencies), 0, 0.2);
      const terms = { index: set.index, frequencies, variant: metric === 'CIDEr' ? 'd' : 'plain' } as const;
      return [yield* asStretch(scoreCider(captions, set.references, terms), 0.2, 1)];
    }
    case 'METEOR':
      return options.meteor
        ? [yield* scoreMeteor(captions, set.references, options.meteor)]
        : [{ names: [meteorName()], reason: 'METEOR’s data is not loaded' }];
    case 'CHAIR':
      return options.chair
        ? yield* scoreChair({ files: set.files, hypotheses: captions, references: set.references }, options.chair)
        : [{ names: ['CHAIRs', 'CHAIRi'], reason: 'CHAIR’s word lists are not loaded' }];
    case 'SPICE':
      return [{ names: ['SPICE'], reason: 'not computed: it needs a dependency parser for English, which this program does not have yet' }];
    case 'style':
      return [
        ...(yield* asStretch(measureStyle(captions, set), 0, 0.8)),
        ...(yield* asStretch(measureDiversity(captions, set.index), 0.8, 1)),
      ];
    default:
      return metric satisfies never;
  }
}

function frequenciesOf(set: ReferenceSet, table: DocumentFrequencyTable | undefined): Steps<DocumentFrequencies> {
  return table === undefined ? countDocumentFrequencies(set) : readDocumentFrequencies(table, set);
}

function toRows(outcome: Outcome, drawn: Drawn | undefined): readonly ScoreRow[] {
  if ('reason' in outcome) return outcome.names.map((name) => ({ name, value: null, low: null, high: null, reason: outcome.reason }));
  if ('standardError' in outcome) {
    const margin = 1.96 * outcome.standardError; // of a normal distribution, 95 %
    const interval = drawn === undefined ? noInterval : { low: Math.max(0, outcome.value - margin), high: outcome.value + margin };
    return [{ name: outcome.name, value: outcome.value, ...interval }];
  }
  const pictureCount = outcome.pictureScores[0]?.length ?? 0;
  const values = outcome.combine(sumRows(outcome.rows, outcome.width), pictureCount);
  return outcome.names.map((name, k) => {
    const row = { name, value: values[k] ?? 0, pictures: outcome.pictureScores[k] ?? [] };
    const ofName = drawn?.get(outcome)?.[k];
    return ofName === undefined ? { ...row, ...noInterval } : { ...row, ...percentileInterval(ofName), drawn: ofName };
  });
}

const noInterval = { low: null, high: null } as const;
