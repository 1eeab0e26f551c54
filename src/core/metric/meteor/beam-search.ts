/** @file Choosing matches so that many words are covered in few chunks: METEOR's beam search over the words of the reference. */

import type { MeteorCandidates, MeteorMatch } from './candidates.ts';
import type { MeteorModule } from './modules.ts';

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
  readonly usedHypothesis: Uint8Array;
  readonly usedReference: Uint8Array;
  hypothesisTotal: number;
  referenceTotal: number;
  chunks: number;
  /** Reference word from which the path goes on. */
  next: number;
  /** Hypothesis word behind the last match, −1 where no chunk is open. */
  lastEnd: number;
  /** How far matched words stand from their partners, roughly: see `follow`. */
  distance: number;
}

/**
 * Chooses an alignment among the candidates; matches come out by reference word.
 *
 * @source METEOR 1.5, `Aligner`
 */
export function searchAlignment(candidates: MeteorCandidates): readonly MeteorMatch[] {
  const length = candidates.byReferenceStart.length;
  const fixed = findFixedMatches(candidates);
  let paths = [startPath(candidates, fixed)];
  for (let position = 0; position < length; position++) {
    const nextPaths: Path[] = [];
    for (const path of paths) advance({ path, position, fixed, nextPaths }, candidates.byReferenceStart[position] ?? []);
    const fallback = paths.slice(0, 1); // all paths can run into a fixed match that they overlap; the first then goes on without it
    paths = nextPaths.length > 0 ? bestPaths(nextPaths) : fallback;
  }
  for (const path of paths) if (path.lastEnd !== -1) path.chunks += 1;
  const best = bestPaths(paths)[0];
  return best === undefined ? [] : matchesOf(best, fixed);
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

function startPath(candidates: MeteorCandidates, fixed: readonly (MeteorMatch | undefined)[]): Path {
  const path: Path = {
    chosen: null,
    usedHypothesis: new Uint8Array(candidates.hypothesisCoverage.length),
    usedReference: new Uint8Array(candidates.referenceCoverage.length),
    hypothesisTotal: 0,
    referenceTotal: 0,
    chunks: 0,
    next: 0,
    lastEnd: -1,
    distance: 0,
  };
  for (const match of fixed) if (match !== undefined) markUsed(path, match);
  return path;
}

interface Step {
  readonly path: Path;
  readonly position: number;
  readonly fixed: readonly (MeteorMatch | undefined)[];
  readonly nextPaths: Path[];
}

/** Carries a path over one reference word: along a match, into each free candidate, or past the word. */
function advance(step: Step, matches: readonly MeteorMatch[]): void {
  const { path, position, fixed, nextPaths } = step;
  if (path.usedReference[position] === 1) {
    const match = fixed[path.next];
    if (position < path.next) nextPaths.push(path);
    else if (match !== undefined) {
      follow(path, match);
      path.distance += Math.abs(match.referenceStart - match.hypothesisStart);
      nextPaths.push(path);
    }
    return;
  }
  for (const match of matches) {
    if (!isFree(path, match)) continue;
    const branch: Path = {
      ...path,
      chosen: { match, before: path.chosen },
      usedHypothesis: path.usedHypothesis.slice(),
      usedReference: path.usedReference.slice(),
    };
    markUsed(branch, match);
    follow(branch, match);
    nextPaths.push(branch);
    // The jar adds to the path that it branches from, and scores are only equal if the same is done here.
    path.distance += Math.abs(match.referenceStart - match.hypothesisStart);
  }
  if (path.lastEnd !== -1) {
    path.chunks += 1;
    path.lastEnd = -1;
  }
  path.next += 1;
  nextPaths.push(path);
}

function follow(path: Path, match: MeteorMatch): void {
  const weight = searchWeights[match.module];
  path.hypothesisTotal = Math.trunc(path.hypothesisTotal + match.hypothesisLength * weight);
  path.referenceTotal = Math.trunc(path.referenceTotal + match.referenceLength * weight);
  if (path.lastEnd !== -1 && match.hypothesisStart !== path.lastEnd) path.chunks += 1;
  path.next = match.referenceStart + match.referenceLength;
  path.lastEnd = match.hypothesisStart + match.hypothesisLength;
}

function isFree(path: Path, match: MeteorMatch): boolean {
  for (let index = 0; index < match.referenceLength; index++) {
    if (path.usedReference[match.referenceStart + index] === 1) return false;
  }
  for (let index = 0; index < match.hypothesisLength; index++) {
    if (path.usedHypothesis[match.hypothesisStart + index] === 1) return false;
  }
  return true;
}

function markUsed(path: Path, match: MeteorMatch): void {
  path.usedReference.fill(1, match.referenceStart, match.referenceStart + match.referenceLength);
  path.usedHypothesis.fill(1, match.hypothesisStart, match.hypothesisStart + match.hypothesisLength);
}

/** Sorts paths, equal ones in the order made, and keeps as many as the beam is wide. */
function bestPaths(paths: Path[]): Path[] {
  if (paths.length > 1) paths.sort(comparePaths);
  return paths.length > beamWidth ? paths.slice(0, beamWidth) : paths;
}

function comparePaths(a: Path, b: Path): number {
  return b.hypothesisTotal + b.referenceTotal - a.hypothesisTotal - a.referenceTotal || a.chunks - b.chunks || a.distance - b.distance;
}

function matchesOf(path: Path, fixed: readonly (MeteorMatch | undefined)[]): readonly MeteorMatch[] {
  const matches = fixed.filter((match) => match !== undefined);
  for (let chosen = path.chosen; chosen !== null; chosen = chosen.before) matches.push(chosen.match);
  return matches.sort((a, b) => a.referenceStart - b.referenceStart);
}
