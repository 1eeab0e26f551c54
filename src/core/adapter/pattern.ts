/**
 * @file Regular expressions of Python as adapters' configs have them. They come from strangers, so they are matched here, by a matcher that
 * counts its steps, and not by the host's own, which some patterns keep busy for years. `core/text/pattern` reads JavaScript's spelling and
 * knows no looking ahead, which these configs use to leave the vision tower out.
 */

import { StudioError } from '../error.ts';
import { parsePattern, type PatternNode } from './pattern-parser.ts';

/** A pattern that is ready to match. */
export interface Pattern {
  readonly source: string;
  readonly node: PatternNode;
}

/** Far more than honest patterns need for a module's name, and done in a millisecond or two. */
const mostSteps = 200_000;

const compiled = new Map<string, Pattern>();
const mostCompiled = 512;

/**
 * Reads a pattern; the same text is read once.
 *
 * @throws {StudioError} 'file-invalid' naming the place that is not understood
 */
export function compilePattern(source: string): Pattern {
  const known = compiled.get(source);
  if (known) return known;
  const pattern = { source, node: parsePattern(source) };
  if (compiled.size >= mostCompiled) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

/**
 * Tells whether a pattern matches a whole text, as Python's `re.fullmatch` does.
 *
 * @throws {StudioError} 'file-invalid' when the pattern tries too many ways
 */
export function matchesWhole({ source, node }: Pattern, text: string): boolean {
  const run: Run = { text, source, steps: 0 };
  return step(run, node, 0, (at) => at === text.length);
}

interface Run {
  readonly text: string;
  readonly source: string;
  steps: number;
}

/** Goes on after a node has matched up to a place; tells whether the rest matches too. */
type Next = (at: number) => boolean;

function step(run: Run, node: PatternNode, at: number, next: Next): boolean {
  run.steps++;
  if (run.steps > mostSteps) {
    throw new StudioError(
      'file-invalid',
      `pattern ${run.source}: tries more than ${String(mostSteps)} ways to match ${run.text}; write it without nested repetitions`,
    );
  }
  const { text } = run;
  switch (node.kind) {
    case 'character': {
      const character = text[at];
      return character !== undefined && node.accepts(character) && next(at + 1);
    }
    case 'sequence':
      return sequence(run, node.parts, at, next);
    case 'choice':
      return node.branches.some((branch) => step(run, branch, at, next));
    case 'repeat':
      return repeat(run, { node, count: 0 }, at, next);
    case 'look':
      return step(run, node.inner, at, () => true) !== node.isNegative && next(at);
    case 'start':
      return at === 0 && next(at);
    case 'end':
      return at === text.length && next(at);
    case 'boundary':
      return isBoundary(text, at) !== node.isNegative && next(at);
    default:
      return node satisfies never;
  }
}

function sequence(run: Run, parts: readonly PatternNode[], at: number, next: Next): boolean {
  const [first, ...rest] = parts;
  return first ? step(run, first, at, (after) => sequence(run, rest, after, next)) : next(at);
}

type Repeat = Extract<PatternNode, { kind: 'repeat' }>;

function repeat(run: Run, { node, count }: { readonly node: Repeat; readonly count: number }, at: number, next: Next): boolean {
  const more = (): boolean =>
    count < node.most &&
    // A round that takes nothing could go on for ever.
    step(run, node.inner, at, (after) => (after > at || count < node.least) && repeat(run, { node, count: count + 1 }, after, next));
  if (count < node.least) return more();
  return node.isLazy ? next(at) || more() : more() || next(at);
}

function isBoundary(text: string, at: number): boolean {
  const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
  return isWord(text[at - 1]) !== isWord(text[at]);
}
