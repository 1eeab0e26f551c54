/** @file What the scoring thread is asked for, made from what is compared. */

import type { EvaluateRequest, ExplainRequest, FrequencyRequest } from '../../../../workers/scores-api.ts';
import type { EvaluationInputs, EvaluationOutcome } from './evaluation-record.ts';
import { nameOf } from './evaluation-table.ts';

/** Asks for the scores of everything that is compared. */
export function toEvaluateRequest(inputs: EvaluationInputs): Omit<EvaluateRequest, 'jobId'> {
  const { systems, references, metrics, draws, seed, baselineId, objects, frequencies } = inputs;
  return {
    ...{ systems, references, metrics, draws, seed, baselineId },
    objects: objects?.records ?? null,
    frequencies: frequencies?.table ?? null,
  };
}

/** Asks why captions score as they do on a set of references; undefined where the set was not scored. */
export function toExplainRequest(
  outcome: EvaluationOutcome,
  referencesId: string,
  captions: ExplainRequest['captions'],
): ExplainRequest | undefined {
  const scored = scoredSet(outcome, referencesId);
  const { metrics, objects, frequencies } = outcome.inputs;
  if (scored === undefined) return undefined;
  return {
    ...{ ...scored, captions, metrics },
    setKey: `${referencesId} ${outcome.createdAt}`,
    objects: objects?.records ?? null,
    frequencies: frequencies?.table ?? null,
  };
}

/** Asks for the document frequencies of each set of references, under the set's name. */
export function toFrequencyRequests(outcome: EvaluationOutcome): readonly (readonly [string, FrequencyRequest])[] {
  return outcome.sets.flatMap(({ referencesId }) => {
    const scored = scoredSet(outcome, referencesId);
    return scored === undefined ? [] : [[nameOf(outcome.inputs.references, referencesId), scored] as const];
  });
}

function scoredSet({ sets, inputs }: EvaluationOutcome, referencesId: string): FrequencyRequest | undefined {
  const files = sets.find((set) => set.referencesId === referencesId)?.files;
  const references = inputs.references.find(({ id }) => id === referencesId)?.records;
  return files === undefined || references === undefined ? undefined : { files, references };
}
