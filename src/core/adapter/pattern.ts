/**
 * @file Regular expressions of Python as adapters' configs have them. They come from strangers, so they are matched here, place by place and
 * with their steps counted, and not by the host's own matcher, which some patterns keep busy for years. `core/text/pattern` reads
 * JavaScript's spelling and knows no looking ahead, which these configs use to leave the vision tower out.
 */

import { StudioError } from '../error.ts';
import { parsePattern, type PatternNode } from './pattern-parser.ts';

/** A pattern that is ready to match. */
export interface Pattern {
  readonly source: string;
  readonly node: PatternNode;
}

/** What all patterns of one file may take together. */
export interface PatternEffort {
  /** What to call the file in messages. */
  readonly place: string;
  stepsLeft: number;
}

/** Far more than the patterns of an honest file need, and done within a second. */
const mostSteps = 5_000_000;

const compiled = new Map<string, Pattern>();
const mostCompiled = 512;

/** Begins to count the steps of a file's patterns. */
export function patternEffort(place: string): PatternEffort {
  return { place, stepsLeft: mostSteps };
}

/**
 * Reads a pattern; the same text is read once.
 *
 * @param file what to call the file in messages
 * @throws {StudioError} 'file-invalid' naming the place that is not understood
 */
export function compilePattern(source: string, file = ''): Pattern {
  const known = compiled.get(source);
  if (known) return known;
  const pattern = { source, node: parsePattern(source, file) };
  if (compiled.size >= mostCompiled) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

/**
 * Tells whether a pattern matches a whole text, as Python's `re.fullmatch` does.
 *
 * @throws {StudioError} 'file-invalid' when the patterns of the file take too many steps
 */
export function matchesWhole({ source, node }: Pattern, text: string, effort = patternEffort('')): boolean {
  return after({ text, source, effort }, node, [0]).includes(text.length);
}

/**
 * Tells whether a name ends as a key of `rank_pattern` or `alpha_pattern` says, a pattern that begins after a dot or with the name.
 *
 * @throws {StudioError} 'file-invalid' as `compilePattern` and `matchesWhole` do
 * @source peft 0.21.2, get_pattern_key
 */
export function matchesEnd(key: string, name: string, effort = patternEffort('')): boolean {
  // Some tools write a key for each module: hundreds of plain names, compared with hundreds of modules.
  if (!/^(?:\w|\\?\.)+$/.test(key)) return matchesWhole(compilePattern(`(?:.*\\.)?(?:${key})`, effort.place), name, effort);
  spend(effort, key, 1);
  let at = name.length;
  for (let i = key.length - 1; i >= 0; i--) {
    at--;
    const isDot = key[i] === '.';
    if (isDot && key[i - 1] !== '\\' && at >= 0) continue; // any character
    if (name[at] !== key[i]) return false;
    if (isDot) i--;
  }
  return at === 0 || name[at - 1] === '.';
}

interface Run {
  readonly text: string;
  readonly source: string;
  readonly effort: PatternEffort;
}

/** Positions of the text, rising. */
type Places = readonly number[];

function spend(effort: PatternEffort, source: string, steps: number): void {
  effort.stepsLeft -= steps;
  if (effort.stepsLeft >= 0) return;
  const file = effort.place === '' ? '' : `${effort.place}: `;
  throw new StudioError(
    'file-invalid',
    `${file}its patterns take more than ${String(mostSteps)} steps, the last of them ${source.slice(0, 200)}; write fewer, without nested repetitions`,
  );
}

/** Gives all places that a node can lead to from any of some places; a place is followed once, however many ways lead there. */
function after(run: Run, node: PatternNode, from: Places): Places {
  spend(run.effort, run.source, from.length + 1);
  const { text } = run;
  switch (node.kind) {
    case 'character':
      return from.filter((at) => at < text.length && node.accepts(text[at] ?? '')).map((at) => at + 1);
    case 'sequence': {
      let places = from;
      for (const part of node.parts) {
        if (places.length === 0) break;
        places = after(run, part, places);
      }
      return places;
    }
    case 'choice':
      return rising(node.branches.flatMap((branch) => after(run, branch, from)));
    case 'repeat':
      return repeated(run, node, from);
    case 'look':
      return from.filter((at) => after(run, node.inner, [at]).length > 0 !== node.isNegative);
    case 'start':
      return from.filter((at) => at === 0);
    case 'end':
      return from.filter((at) => at === text.length);
    case 'boundary':
      return from.filter((at) => isBoundary(text, at) !== node.isNegative);
    default:
      return node satisfies never;
  }
}

function repeated(run: Run, { inner, least, most }: Extract<PatternNode, { kind: 'repeat' }>, from: Places): Places {
  let places = from;
  for (let count = 0; count < least; count++) {
    const next = after(run, inner, places);
    const isSame = next.length === places.length && next.every((at, i) => at === places[i]);
    if (isSame) break; // more rounds change nothing
    places = next;
  }
  const reached = new Set(places);
  for (let count = least; count < most && places.length > 0; count++) {
    places = after(run, inner, places).filter((at) => !reached.has(at));
    for (const at of places) reached.add(at);
  }
  return rising([...reached]);
}

function rising(places: Places): Places {
  return [...new Set(places)].sort((a, b) => a - b);
}

function isBoundary(text: string, at: number): boolean {
  const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
  return isWord(text[at - 1]) !== isWord(text[at]);
}
