/**
 * @file Beam search as a state machine: whoever runs it feeds scores and reorders its cache, and knows nothing else of it.
 *
 * The running texts are the beams that still grow; finished ones wait in a list of the best. Sums of log-probabilities
 * are those after the rules, since the search is guided by them; the model's own are kept beside.
 *
 * @source transformers 5.23, GenerationMixin._beam_search and its parts
 */

import { assertInternal } from '../error.ts';
import { noToken } from './no-token.ts';
import type { EarlyStopping } from './options.ts';
import { applyRules } from './processors.ts';
import type { TokenRules } from './rules.ts';
import { toLogProbabilities } from './softmax.ts';

/** What a search is started with. */
export interface BeamSpec {
  readonly rules: TokenRules;
  /** Everything before the first new token, with one id for each image row. */
  readonly promptIds: readonly number[];
  readonly beams: number;
  readonly maxNewTokens: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: EarlyStopping;
}

/** A text that is still written. */
export interface RunningBeam {
  readonly ids: readonly number[];
  /** Sum of log-probabilities after the rules. @unit nats */
  readonly sum: number;
  /** Sum of log-probabilities of the model itself. @unit nats */
  readonly modelSum: number;
}

/** A text that has ended. */
export interface FinishedBeam {
  /** New tokens, the stop id included where there is one. */
  readonly ids: readonly number[];
  /** Sum after the rules / length^penalty. @unit nats a token at penalty 1 */
  readonly score: number;
  /** Sum of log-probabilities of the model itself. @unit nats */
  readonly logProbability: number;
  readonly stoppedBy: 'end' | 'length';
}

/** Where a search stands; plain data, replaced and never changed. */
export interface BeamState {
  readonly spec: BeamSpec;
  /** One at the start, then `spec.beams` of them, best first. */
  readonly running: readonly RunningBeam[];
  /** At most `spec.beams`, best first. */
  readonly finished: readonly FinishedBeam[];
  readonly isDone: boolean;
}

/** One step of a search. */
export interface BeamStep {
  readonly state: BeamState;
  /** The next token of each running text. */
  readonly tokens: readonly number[];
  /** For each running text, the row that it goes on from: reorder the cache by these. */
  readonly parents: readonly number[];
}

interface Candidate {
  readonly parent: number;
  readonly token: number;
  readonly sum: number;
  readonly modelLogProbability: number;
}

/** Starts a search; the first step takes one row of scores, that of the prompt. */
export function beamStart(spec: BeamSpec): BeamState {
  return { spec, running: [{ ids: [], sum: 0, modelSum: 0 }], finished: [], isDone: false };
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
  const candidates = findCandidates(state, rows);
  const hasEnded = (candidate: Candidate): boolean => isLast || spec.rules.stopIds.includes(candidate.token);

  const endings = candidates.slice(0, spec.beams).filter((candidate) => hasEnded(candidate) && candidate.sum > -Infinity);
  const finished = mergeFinished(state, endings, length);
  const going = candidates.filter((candidate) => !hasEnded(candidate)).slice(0, spec.beams);
  const isDone = going.length === 0 || isSettled(spec, finished, { best: going[0]?.sum ?? -Infinity, length });
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

/** Finds the best continuations of all running texts: enough that `beams` remain when every stop id is among them. */
function findCandidates(state: BeamState, rows: readonly Float32Array[]): readonly Candidate[] {
  const { rules, promptIds, beams } = state.spec;
  const count = Math.max(2, 1 + rules.stopIds.length) * beams;
  const best: Candidate[] = [];
  const scores = new Float32Array(rows[0]?.length ?? 0);
  for (const [parent, row] of rows.entries()) {
    const beam = state.running[parent];
    if (beam === undefined || beam.sum === -Infinity) continue;
    scores.set(row);
    const total = toLogProbabilities(scores);
    if (Number.isNaN(total)) throw noToken(total);
    applyRules(scores, rules, [...promptIds, ...beam.ids], promptIds.length);
    for (let token = 0; token < scores.length; token += 1) {
      const sum = beam.sum + (scores[token] ?? -Infinity);
      if (best.length === count && !(sum > (best[count - 1]?.sum ?? -Infinity))) continue;
      if (!(sum > -Infinity)) continue;
      insertByFallingSum(best, { parent, token, sum, modelLogProbability: (row[token] ?? -Infinity) - total });
      if (best.length > count) best.pop();
    }
  }
  if (best.length === 0) throw noToken(0);
  return best;
}

/** Keeps a list sorted; on a tie the earlier text and the smaller token id stay in front. */
function insertByFallingSum(list: Candidate[], candidate: Candidate): void {
  let at = list.length;
  while (at > 0 && (list[at - 1]?.sum ?? Infinity) < candidate.sum) at -= 1;
  list.splice(at, 0, candidate);
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
