/** @file Choosing matches so that many words are covered in few chunks: METEOR's beam search over the words of the reference. */

import type { MeteorCandidates, MeteorMatch } from './candidates.ts';
import type { MeteorModule } from './modules.ts';
import { hasWord, noWords, withWords, type TakenWords } from './taken-words.ts';

const beamWidth = 40;

/** What a match counts while searching; totals are cut to whole numbers after each match, so that half a word counts nothing. */
const searchWeights: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.5, synonym: 0.5, paraphrase: 0.5 };

/** The matches of a path, last one first. */
interface Chosen {
  readonly match: MeteorMatch;
  readonly before: Chosen | null;
}

/** A path through the words looked at so far. */
interface Path {
  chosen: Chosen | null;
  /** Hypothesis words that are taken, a bit each; never changed, since branches share it. */
  taken: TakenWords;
  hypothesisTotal: number;
  referenceTotal: number;
  chunks: number;
  /** Reference word from which the path goes on; words before it are done with. */
  next: number;
  /** Hypothesis word behind the last match, −1 where no chunk is open. */
  lastEnd: number;
  /** How far matched words stand from their partners, roughly: see `follow`. */
  distance: number;
}

/** What stays the same during a search. */
interface Ground {
  /** Matches that nothing competes with, by their reference word. */
  readonly fixed: readonly (MeteorMatch | undefined)[];
  /** Whether a fixed match has a reference word. */
  readonly isFixed: readonly boolean[];
}

/**
 * Chooses an alignment among the candidates; matches come out by reference word.
 *
 * @source METEOR 1.5, `Aligner`
 */
export function searchAlignment(candidates: MeteorCandidates): readonly MeteorMatch[] {
  const ground = findGround(candidates);
  let paths = [startPath(candidates, ground)];
  candidates.byReferenceStart.forEach((matches, position) => {
    const beam: Path[] = [];
    for (const path of paths) advance({ path, position, ground, beam }, matches);
    // All paths can run into a fixed match that they overlap; the first then goes on without it.
    paths = beam.length > 0 ? beam : paths.slice(0, 1);
  });
  for (const path of paths) if (path.lastEnd !== -1) path.chunks += 1;
  const last: Path[] = [];
  for (const path of paths) insert(last, path);
  const best = last[0];
  return best === undefined ? [] : matchesOf(best, ground.fixed);
}

/** Finds the matches that nothing else competes with. */
function findFixedMatches(candidates: MeteorCandidates): readonly (MeteorMatch | undefined)[] {
  const { byReferenceStart, hypothesisCoverage, referenceCoverage } = candidates;
  return byReferenceStart.map((matches) => {
    const match = matches[0];
    if (match === undefined || matches.length > 1) return undefined;
    const isAlone =
      isCoveredOnce(referenceCoverage, match.referenceStart, match.referenceLength) &&
      isCoveredOnce(hypothesisCoverage, match.hypothesisStart, match.hypothesisLength);
    return isAlone ? match : undefined;
  });
}

function isCoveredOnce(coverage: readonly number[], start: number, length: number): boolean {
  for (let index = start; index < start + length; index++) if (coverage[index] !== 1) return false;
  return true;
}

function findGround(candidates: MeteorCandidates): Ground {
  const fixed = findFixedMatches(candidates);
  const isFixed = candidates.referenceCoverage.map(() => false);
  for (const match of fixed)
    if (match !== undefined) isFixed.fill(true, match.referenceStart, match.referenceStart + match.referenceLength);
  return { fixed, isFixed };
}

function startPath({ hypothesisCoverage }: MeteorCandidates, { fixed }: Ground): Path {
  let taken = noWords(hypothesisCoverage.length);
  for (const match of fixed) if (match !== undefined) taken = withWords(taken, match.hypothesisStart, match.hypothesisLength);
  return { chosen: null, taken, hypothesisTotal: 0, referenceTotal: 0, chunks: 0, next: 0, lastEnd: -1, distance: 0 };
}

interface Step {
  readonly path: Path;
  readonly position: number;
  readonly ground: Ground;
  /** The best paths that reach the next word, best first. */
  readonly beam: Path[];
}

/** Carries a path over one reference word: along a match, into each free candidate, or past the word. */
function advance(step: Step, matches: readonly MeteorMatch[]): void {
  const { path, position, ground, beam } = step;
  if (position < path.next) {
    insert(beam, path);
    return;
  }
  if (ground.isFixed[position] === true) {
    const match = ground.fixed[path.next];
    if (match === undefined) return;
    follow(path, match);
    path.distance += Math.abs(match.referenceStart - match.hypothesisStart);
    insert(beam, path);
    return;
  }
  for (const match of matches) {
    if (!isFree(path, match, ground)) continue;
    branch(path, match, beam);
    // The jar adds to the path that it branches from, and scores are only equal if the same is done here.
    path.distance += Math.abs(match.referenceStart - match.hypothesisStart);
  }
  if (path.lastEnd !== -1) {
    path.chunks += 1;
    path.lastEnd = -1;
  }
  path.next += 1;
  insert(beam, path);
}

/** Adds the path that takes a match; most would fall out of the beam at once, and those are not even made. */
function branch(path: Path, match: MeteorMatch, beam: Path[]): void {
  const made: Path = {
    chosen: null,
    taken: path.taken,
    hypothesisTotal: path.hypothesisTotal,
    referenceTotal: path.referenceTotal,
    chunks: path.chunks,
    next: path.next,
    lastEnd: path.lastEnd,
    distance: path.distance,
  };
  follow(made, match);
  const last = beam[beamWidth - 1];
  if (last !== undefined && comparePaths(last, made) <= 0) return;
  made.chosen = { match, before: path.chosen };
  made.taken = withWords(path.taken, match.hypothesisStart, match.hypothesisLength);
  insert(beam, made);
}

function follow(path: Path, match: MeteorMatch): void {
  const weight = searchWeights[match.module];
  path.hypothesisTotal = Math.trunc(path.hypothesisTotal + match.hypothesisLength * weight);
  path.referenceTotal = Math.trunc(path.referenceTotal + match.referenceLength * weight);
  if (path.lastEnd !== -1 && match.hypothesisStart !== path.lastEnd) path.chunks += 1;
  path.next = match.referenceStart + match.referenceLength;
  path.lastEnd = match.hypothesisStart + match.hypothesisLength;
}

function isFree({ taken }: Path, match: MeteorMatch, { isFixed }: Ground): boolean {
  const { referenceStart, referenceLength, hypothesisStart, hypothesisLength } = match;
  for (let word = referenceStart; word < referenceStart + referenceLength; word++) if (isFixed[word] === true) return false;
  for (let word = hypothesisStart; word < hypothesisStart + hypothesisLength; word++) if (hasWord(taken, word)) return false;
  return true;
}

/** Puts a path behind those that are at least as good, as a stable sort of all would, and keeps as many as the beam is wide. */
function insert(beam: Path[], path: Path): void {
  let at = beam.length;
  while (at > 0) {
    const before = beam[at - 1];
    if (before === undefined || comparePaths(before, path) <= 0) break;
    at -= 1;
  }
  if (at >= beamWidth) return;
  if (beam.length === beamWidth) beam.pop();
  beam.splice(at, 0, path);
}

function comparePaths(a: Path, b: Path): number {
  return b.hypothesisTotal + b.referenceTotal - a.hypothesisTotal - a.referenceTotal || a.chunks - b.chunks || a.distance - b.distance;
}

function matchesOf(path: Path, fixed: readonly (MeteorMatch | undefined)[]): readonly MeteorMatch[] {
  const matches = fixed.filter((match) => match !== undefined);
  for (let chosen = path.chosen; chosen !== null; chosen = chosen.before) matches.push(chosen.match);
  return matches.sort((a, b) => a.referenceStart - b.referenceStart);
}
