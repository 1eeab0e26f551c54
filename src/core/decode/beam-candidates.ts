/** @file The ways on from all running beams, best first. */

import type { BeamState } from './beam-state.ts';
import { branchesOf, givenBranch, type Branch } from './forced/branches.ts';
import { applyLead, leadOf, type LedText } from './forced/lead.ts';
import { noToken } from './no-token.ts';
import { applyRules } from './processors.ts';
import { toLogProbabilities } from './softmax.ts';

/** A way on from a running beam. */
export interface Candidate {
  readonly parent: number;
  readonly token: number;
  /** Sum of log-probabilities after the rules. @unit nats */
  readonly sum: number;
  readonly modelLogProbability: number;
  readonly led: LedText;
}

/** Ways on, each list best first. */
export interface Candidates {
  /** Those with all forced words: all of them where none are forced. */
  readonly whole: readonly Candidate[];
  /** Those that lack some, which cannot end. */
  readonly lacking: readonly Candidate[];
}

/**
 * Finds the best continuations of all running texts: enough that `beams` remain when every stop id is among them.
 *
 * @throws {StudioError} 'internal' when the model gave NaN, 'argument-invalid' when the rules leave no token
 */
export function findCandidates(state: BeamState, rows: readonly Float32Array[]): Candidates {
  const { rules, promptIds, beams, forcing } = state.spec;
  const count = Math.max(2, 1 + rules.stopIds.length) * beams;
  const whole: Candidate[] = [];
  const lacking: Candidate[] = [];
  const scores = new Float32Array(rows[0]?.length ?? 0);
  for (const [parent, row] of rows.entries()) {
    const beam = state.running[parent];
    if (beam === undefined || beam.sum === -Infinity) continue;
    scores.set(row);
    const total = toLogProbabilities(scores);
    if (Number.isNaN(total)) throw noToken(total);
    const keep = ({ token, sum, led, isWhole }: Branch): void => {
      const list = isWhole ? whole : lacking;
      keepBest(list, { parent, token, sum, modelLogProbability: (row[token] ?? -Infinity) - total, led }, count);
    };
    const lead = forcing === null ? null : leadOf(forcing, beam.led, beam.ids);
    if (lead?.kind === 'given') {
      keep(givenBranch(lead, beam));
      continue;
    }
    applyRules(scores, rules, [...promptIds, ...beam.ids], promptIds.length);
    if (forcing !== null && lead !== null) applyLead(scores, forcing, lead, beam.ids);
    const best = beam.sum + scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const least = (): number => leastOf(lead?.kind === 'missing' ? lacking : whole, count);
    for (let token = 0; token < scores.length; token += 1) {
      const sum = beam.sum + (scores[token] ?? -Infinity);
      if (!(sum > least())) continue;
      if (forcing === null || lead === null) keep({ token, sum, led: beam.led, isWhole: true });
      else for (const branch of branchesOf({ forcing, lead, ids: beam.ids, best }, { token, sum })) keep(branch);
    }
  }
  if (whole.length + lacking.length === 0) throw noToken(0);
  return { whole, lacking };
}

/** The sum that a candidate must be above to come into a list. */
function leastOf(list: readonly Candidate[], count: number): number {
  return list.length === count ? (list[count - 1]?.sum ?? -Infinity) : -Infinity;
}

/** Keeps a list sorted and short; on a tie the earlier text and the smaller token id stay in front. */
function keepBest(list: Candidate[], candidate: Candidate, count: number): void {
  if (!(candidate.sum > leastOf(list, count))) return;
  // All that would end a text stands for the same words put in: once is enough.
  const twin = candidate.led.isPutIn ? list.findIndex(({ parent, led }) => parent === candidate.parent && led.isPutIn) : -1;
  if (twin >= 0 && (list[twin]?.sum ?? 0) >= candidate.sum) return;
  if (twin >= 0) list.splice(twin, 1);
  let at = list.length;
  while (at > 0 && (list[at - 1]?.sum ?? Infinity) < candidate.sum) at -= 1;
  list.splice(at, 0, candidate);
  if (list.length > count) list.pop();
}
