/** @file Evaluates several systems on the pictures that all of them captioned, each compared with a baseline. */

import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import type { ObjectRecord } from '../../core/dataset/coco.ts';
import { matchNames } from '../../core/dataset/match-names.ts';
import { present, StudioError } from '../../core/error.ts';
import type { PictureReferences } from '../../core/metric/caption-set.ts';
import { compareSystems, prepareReferences, scoreSystem, type ScoreOptions, type ScoreRow } from '../../core/metric/score.ts';
import { makeRandom } from '../../core/tensor/random.ts';
import { drive, type EvaluationControl } from './drive.ts';
import { annotatedObjects, type EvaluationOptions } from './evaluate.ts';

/** A system's captions under an id that the caller knows it by. */
export interface SystemCaptions {
  readonly id: string;
  /** For messages. */
  readonly name: string;
  readonly captions: readonly CaptionRecord[];
}

/** Systems on one set of references. */
export interface SystemsInput {
  readonly systems: readonly SystemCaptions[];
  readonly references: readonly CaptionRecord[];
  readonly objects?: readonly ObjectRecord[];
  /** Which system the others are compared with. */
  readonly baselineId?: string;
}

/** A score with how likely its difference from the baseline would be by chance; plain data. */
export interface ComparedRow extends Omit<ScoreRow, 'drawn' | 'pictures'> {
  /** Scores of the pictures, where the metric has them: as one piece of memory, which crosses between threads and into databases at once. */
  readonly pictures?: ArrayLike<number>;
  /** null for the baseline itself, and where there is nothing to compare. */
  readonly p: number | null;
}

/** One system's scores. */
export interface ScoredSystem {
  readonly id: string;
  /** In the order of the pictures. */
  readonly captions: readonly string[];
  readonly rows: readonly ComparedRow[];
}

/** All systems' scores on the pictures that they share. */
export interface SystemsEvaluation {
  readonly files: readonly string[];
  /** Captions of pictures that not every system has, or that have no references. */
  readonly leftOut: number;
  /** Pictures with references that are not scored. */
  readonly uncaptioned: number;
  readonly systems: readonly ScoredSystem[];
}

/** A picture with its references and one caption of each system. */
interface SharedPicture extends PictureReferences {
  readonly captions: readonly string[];
}

/**
 * Evaluates systems on the pictures that all of them captioned and that have references, in the order of the first system.
 *
 * @throws {StudioError} 'argument-invalid' when they share no picture, or a system has several captions of one; 'cancelled'
 */
export async function evaluateSystems(
  input: SystemsInput,
  options: EvaluationOptions,
  control: EvaluationControl = {},
): Promise<SystemsEvaluation> {
  const pictures = joinSystems(input.systems, input.references);
  const set = await drive(prepareReferences(pictures), control);
  const annotated = input.objects && annotatedObjects(set.files, input.objects);
  const scored = [];
  for (const [index, { id }] of input.systems.entries()) {
    const texts = pictures.map(({ captions }) => captions[index] ?? '');
    const scoreOptions: ScoreOptions = {
      metrics: options.metrics,
      ...(options.documentFrequencies && { documentFrequencies: options.documentFrequencies }),
      ...(options.meteor && { meteor: options.meteor }),
      ...(options.chair && { chair: { data: options.chair, ...(annotated && { annotated }) } }),
      // All systems start from the same seed, so that their draws are the same pictures.
      ...(options.draws > 0 && { bootstrap: { draws: options.draws, source: makeRandom(options.seed) } }),
    };
    scored.push({ id, texts, scores: await drive(scoreSystem(texts, set, scoreOptions), control) });
  }
  const baseline = scored.find(({ id }) => id === input.baselineId);
  const captionCount = input.systems.reduce((sum, { captions }) => sum + captions.length, 0);
  return {
    files: set.files,
    leftOut: captionCount - pictures.length * input.systems.length,
    uncaptioned: input.references.length - pictures.length,
    systems: scored.map(({ id, texts, scores }) => {
      const pValues = baseline === undefined || id === baseline.id ? undefined : compareSystems(scores, baseline.scores);
      const rows = scores.rows.map(({ drawn: _, pictures: ofPictures, ...row }) => ({
        ...row,
        ...(ofPictures && { pictures: Float64Array.from(ofPictures) }),
        p: pValues?.get(row.name) ?? null,
      }));
      return { id, captions: texts, rows };
    }),
  };
}

/**
 * Finds the pictures that all systems captioned and that have references.
 *
 * @throws {StudioError} 'argument-invalid' when there is none, or a system has several captions of one picture
 */
export function joinSystems(systems: readonly SystemCaptions[], references: readonly CaptionRecord[]): readonly SharedPicture[] {
  const first = systems[0];
  if (first === undefined) throw new StudioError('argument-invalid', 'evaluation: no system; add one');
  for (const system of systems) requireOneCaption(system);
  const matched = matchNames(first.captions, references);
  const matchedOthers = systems.slice(1).map(({ captions }) => matchNames(first.captions, captions));
  const pictures = first.captions.flatMap((record, index): readonly SharedPicture[] => {
    const found = matched[index];
    const others = matchedOthers.map((records) => records[index]);
    if (found === undefined || found.captions.length === 0 || others.includes(undefined)) return [];
    const captions = [record, ...others].map((one) => present(one, 'a system without a caption').captions[0] ?? '');
    return [{ file: record.file, references: found.captions, captions }];
  });
  if (pictures.length === 0) {
    const isReferenced = matched.some((found) => found !== undefined && found.captions.length > 0);
    const stranger = systems.slice(1).find((_, at) => matchedOthers[at]?.every((record) => record === undefined) === true);
    const example = first.captions[0]?.file ?? 'nothing';
    if (isReferenced && stranger !== undefined) {
      const other = stranger.captions[0]?.file ?? 'nothing';
      throw sharesNothing(
        `${first.name} and ${stranger.name} share no picture: one names "${example}", the other "${other}"; leave one out`,
      );
    }
    if (isReferenced) throw sharesNothing('no picture has references and a caption of every system; leave systems out');
    const other = references[0]?.file ?? 'nothing';
    throw sharesNothing(
      `the systems and the references share no picture; ${first.name} names "${example}", the references name "${other}"`,
    );
  }
  return pictures;
}

function sharesNothing(reason: string): StudioError {
  return new StudioError('argument-invalid', `evaluation: ${reason}`);
}

function requireOneCaption({ name, captions }: SystemCaptions): void {
  const several = captions.find((record) => record.captions.length !== 1);
  if (several === undefined) return;
  const count = String(several.captions.length);
  throw new StudioError('argument-invalid', `${name}: ${several.file} has ${count} captions, expected one; are these the references?`);
}
