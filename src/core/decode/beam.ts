/**
 * @file Beam search as a state machine: whoever runs it feeds scores and reorders its cache, and knows nothing else of it.
 *
 * The running texts are the beams that still grow; finished ones wait in a list of the best. Sums of log-probabilities
 * are those after the rules, since the search is guided by them; the model's own are kept beside.
 *
 * @source transformers 5.23, GenerationMixin._beam_search and its parts
 */

import { assertInternal } from '../error.ts';
import { findCandidates, type Candidate } from './beam-candidates.ts';
import type { BeamSpec, BeamState, FinishedBeam, RunningBeam } from './beam-state.ts';
import { ledStart } from './forced/lead.ts';

/** One step of a search. */
export interface BeamStep {
  readonly state: BeamState;
  /** The next token of each running text. */
  readonly tokens: readonly number[];
  /** For each running text, the row that it goes on from: reorder the cache by these. */
  readonly parents: readonly number[];
}

/** Starts a search; the first step takes one row of scores, that of the prompt. */
export function beamStart(spec: BeamSpec): BeamState {
  return { spec, running: [{ ids: [], sum: 0, modelSum: 0, led: ledStart }], finished: [], isDone: false };
}

/**
 * Goes one token further. Where the new state is done, its tokens need no run.
 *
 * @param rows scores of the next token, one row [V] for each running text in order; only read
 * @throws {StudioError} 'internal' when the number of rows is not that of running texts or the model gave NaN, 'argument-invalid' when the rules leave no token
 */
export function beamAdvance(state: BeamState, rows: readonly Float32Array[]): BeamStep {
  const { spec, running } = state;
  assertInternal(
    rows.length === running.length && !state.isDone,
    `beamAdvance: ${String(rows.length)} rows for ${String(running.length)} beams`,
  );
  const length = (running[0]?.ids.length ?? 0) + 1;
  const isLast = length >= spec.maxNewTokens;
  const { whole, lacking } = findCandidates(state, rows);
  const hasEnded = (candidate: Candidate): boolean => isLast || spec.rules.stopIds.includes(candidate.token);

  const endings = whole.slice(0, spec.beams).filter((candidate) => hasEnded(candidate) && candidate.sum > -Infinity);
  const finished = mergeFinished(state, endings, length);
  const goingWhole = whole.filter((candidate) => !hasEnded(candidate));
  const going = chooseGoing(goingWhole, lacking, spec.beams);
  const isDone = going.length === 0 || isSettled(spec, finished, { best: goingWhole[0]?.sum ?? -Infinity, length });
  const next = padToBeams(going, spec.beams);
  return {
    state: { spec, running: next.map((candidate) => grow(running, candidate)), finished, isDone },
    tokens: next.map((candidate) => candidate.token),
    parents: next.map((candidate) => candidate.parent),
  };
}

/** Gives the best texts, best first; of a search that was cut short the running ones fill up what is missing. */
export function beamFinish(state: BeamState, count: number): readonly FinishedBeam[] {
  const { spec, running } = state;
  const cut = running
    .filter((beam) => beam.ids.length > 0 && beam.sum > -Infinity && !state.isDone)
    .map((beam) => finish(beam, beam.sum / beam.ids.length ** spec.lengthPenalty, 'length'));
  return [...state.finished, ...cut].slice(0, count);
}

/** Texts with all forced words have half of the places, since putting words in costs; the best of the rest have what is left. */
function chooseGoing(whole: readonly Candidate[], lacking: readonly Candidate[], beams: number): readonly Candidate[] {
  if (lacking.length === 0) return whole.slice(0, beams);
  const kept = Math.max(Math.ceil(beams / 2), beams - lacking.length);
  const others = [...whole.slice(kept), ...lacking].sort((a, b) => b.sum - a.sum);
  return [...whole.slice(0, kept), ...others].slice(0, beams).sort((a, b) => b.sum - a.sum);
}

function mergeFinished(state: BeamState, endings: readonly Candidate[], length: number): readonly FinishedBeam[] {
  const { spec, running, finished } = state;
  if (spec.earlyStopping === true && finished.length === spec.beams) return finished;
  const added = endings.map((candidate) => {
    const stoppedBy = spec.rules.stopIds.includes(candidate.token) ? 'end' : 'length';
    return finish(grow(running, candidate), candidate.sum / length ** spec.lengthPenalty, stoppedBy);
  });
  return [...finished, ...added].sort((a, b) => b.score - a.score).slice(0, spec.beams);
}

/** Tells whether the finished texts stand, given the best running sum after a step. */
function isSettled(spec: BeamSpec, finished: readonly FinishedBeam[], running: { best: number; length: number }): boolean {
  if (finished.length < spec.beams) return false;
  if (spec.earlyStopping === true) return true;
  // With 'never' and a positive penalty a text could still grow to the limit and gain by its length.
  const reach = spec.earlyStopping === 'never' && spec.lengthPenalty > 0 ? spec.maxNewTokens : running.length;
  const worst = finished.at(-1)?.score ?? -Infinity;
  return running.best / reach ** spec.lengthPenalty <= worst;
}

function grow(running: readonly RunningBeam[], candidate: Candidate): RunningBeam {
  const parent = running[candidate.parent];
  return {
    ids: [...(parent?.ids ?? []), candidate.token],
    sum: candidate.sum,
    modelSum: (parent?.modelSum ?? 0) + candidate.modelLogProbability,
    led: candidate.led,
  };
}

function finish(beam: RunningBeam, score: number, stoppedBy: FinishedBeam['stoppedBy']): FinishedBeam {
  return { ids: beam.ids, score, logProbability: beam.modelSum, stoppedBy };
}

/** Fills up to a full batch with texts that can never win, where bans leave too few: the batch keeps its size. */
function padToBeams(going: readonly Candidate[], beams: number): readonly Candidate[] {
  const first = going[0];
  if (first === undefined) return going;
  return Array.from({ length: beams }, (_, i) => going[i] ?? { ...first, sum: -Infinity });
}
