/** @file Evaluates captions against references: joins files, scores system and baseline on the same pictures, compares them. */

import { joinCaptions, createNameMatcher } from '../../core/dataset/match-names.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import type { ObjectRecord } from '../../core/dataset/coco.ts';
import { StudioError } from '../../core/error.ts';
import type { ChairData } from '../../core/metric/chair/chair.ts';
import { countDocumentFrequencies, writeDocumentFrequencies, type DocumentFrequencyTable } from '../../core/metric/document-frequency.ts';
import type { MeteorSetting } from '../../core/metric/meteor-result.ts';
import {
  compareSystems,
  prepareReferences,
  scoreSystem,
  type MetricChoice,
  type ScoreOptions,
  type SystemScores,
} from '../../core/metric/score.ts';
import { finish } from '../../core/metric/steps.ts';
import { makeRandom } from '../../core/tensor/random.ts';
import { drive, type EvaluationControl } from './drive.ts';

/** What is evaluated. */
export interface EvaluationInput {
  readonly captions: readonly CaptionRecord[];
  readonly references: readonly CaptionRecord[];
  /** Another system's captions of the same pictures. */
  readonly baseline?: readonly CaptionRecord[];
  /** Objects that annotations name, for CHAIR. */
  readonly objects?: readonly ObjectRecord[];
}

/** How it is evaluated. */
export interface EvaluationOptions {
  readonly metrics: readonly MetricChoice[];
  readonly documentFrequencies?: DocumentFrequencyTable;
  readonly meteor?: MeteorSetting;
  readonly chair?: ChairData;
  /** Draws of the bootstrap; 0 for no intervals. */
  readonly draws: number;
  readonly seed: number;
}

/** The scores of a system, and of the baseline where there is one. */
export interface Evaluation {
  readonly system: SystemScores;
  readonly baseline: SystemScores | null;
  /** By score, how likely a difference at least this clear would be between equal systems. */
  readonly pValues: ReadonlyMap<string, number>;
  /** Pictures of the references that the system has no caption for. */
  readonly uncaptioned: number;
  /** Document frequencies of the references, to be kept. */
  writeDocumentFrequencies(): DocumentFrequencyTable;
}

/**
 * Evaluates captions. Pictures are those that have a caption; all of them need references, and the baseline must have the same ones.
 *
 * @throws {StudioError} 'argument-invalid' when files do not go together; 'cancelled'
 */
export async function evaluateCaptions(
  input: EvaluationInput,
  options: EvaluationOptions,
  control: EvaluationControl = {},
): Promise<Evaluation> {
  const pictures = joinCaptions(input.captions, input.references);
  const set = await drive(prepareReferences(pictures), control);
  const annotated = input.objects && annotatedObjects(set.files, input.objects);
  const scoreOptions = (): ScoreOptions => ({
    metrics: options.metrics,
    ...(options.documentFrequencies && { documentFrequencies: options.documentFrequencies }),
    ...(options.meteor && { meteor: options.meteor }),
    ...(options.chair && { chair: { data: options.chair, ...(annotated && { annotated }) } }),
    // Both systems start from the same seed, so that their draws are the same pictures.
    ...(options.draws > 0 && { bootstrap: { draws: options.draws, source: makeRandom(options.seed) } }),
  });
  const system = await drive(
    scoreSystem(
      pictures.map(({ caption }) => caption),
      set,
      scoreOptions(),
    ),
    control,
  );
  const baseline = input.baseline ? await drive(scoreSystem(alignBaseline(set.files, input.baseline), set, scoreOptions()), control) : null;
  return {
    system,
    baseline,
    pValues: baseline === null ? new Map() : compareSystems(system, baseline),
    uncaptioned: input.references.length - pictures.length,
    writeDocumentFrequencies: () => writeDocumentFrequencies(finish(countDocumentFrequencies(set)), set),
  };
}

function alignBaseline(files: readonly string[], records: readonly CaptionRecord[]): readonly string[] {
  const find = createNameMatcher(records);
  return files.map((file) => {
    const [caption, ...others] = find({ file })?.captions ?? [];
    if (caption === undefined || others.length > 0) {
      const found = caption === undefined ? 'none' : String(others.length + 1);
      throw new StudioError(
        'argument-invalid',
        `baseline: expected one caption of ${file}, found ${found}; both systems need the same pictures`,
      );
    }
    return caption;
  });
}

/** Finds the annotated objects of each picture. @throws {StudioError} 'argument-invalid' when a picture is not annotated */
export function annotatedObjects(files: readonly string[], records: readonly ObjectRecord[]): ReadonlyMap<string, readonly string[]> {
  const find = createNameMatcher(records);
  return new Map(
    files.map((file) => {
      const found = find({ file });
      if (found === undefined)
        throw new StudioError('argument-invalid', `objects: ${file} is not in the annotations; CHAIR needs every picture there`);
      return [file, found.objects];
    }),
  );
}
