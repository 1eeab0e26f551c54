/** @file Finds the longest match of many patterns at once: a nondeterministic automaton, made deterministic state by state as texts ask for it. */

import { assertInternal, present } from '../../error.ts';
import type { CharTest, Pattern } from './pattern.ts';

/** The longest match at a place of a text. */
export interface Match {
  /** Which pattern; the first of the list where several match equally far. */
  readonly pattern: number;
  /** Where it ends, exclusive. */
  readonly end: number;
}

/** A compiled list of patterns. */
export interface Matcher {
  /** Finds the longest match that begins at `start`, or null. */
  longest(text: string, start: number): Match | null;
  /** Tells whether the range, end exclusive, is matched as a whole. */
  covers(text: string, start: number, end: number): boolean;
}

/** The nondeterministic automaton: state i reads `tests[i]` and goes to `targets[i]`, or jumps to `jumps[i]` for free. */
interface Nfa {
  readonly tests: (CharTest | undefined)[];
  readonly targets: number[];
  readonly jumps: number[][];
  /** For a final state the number of its pattern. */
  readonly accepts: (number | undefined)[];
}

/** A state of the deterministic automaton: a set of states of the other one. */
interface DfaState {
  readonly members: readonly number[];
  /** The pattern accepted here, or -1. */
  readonly accept: number;
  /** By character class: number of the next state, `dead`, or `unknown` as long as nobody asked. */
  readonly next: Int32Array;
}

const dead = -1;
const unknown = -2;
const classLimit = 512;

/** Compiles patterns into one automaton; states and character classes are worked out when a text first needs them, and kept. */
export function compileMatcher(patterns: readonly Pattern[]): Matcher {
  const nfa: Nfa = { tests: [], targets: [], jumps: [], accepts: [] };
  const start = addState(nfa);
  patterns.forEach((pattern, index) => {
    const end = addPattern(nfa, pattern, present(nfa.jumps[start], 'start state'));
    nfa.accepts[end] = index;
  });

  const classOf = classifier(nfa.tests.filter((test) => test !== undefined));
  const samples = classOf.samples;
  const states: DfaState[] = [];
  const numbers = new Map<string, number>();
  const intern = (members: readonly number[]): number => {
    if (members.length === 0) return dead;
    const key = members.join();
    let number = numbers.get(key);
    if (number === undefined) {
      number = states.length;
      numbers.set(key, number);
      const accepted = members.flatMap((member) => nfa.accepts[member] ?? []);
      states.push({ members, accept: accepted.length === 0 ? -1 : Math.min(...accepted), next: new Int32Array(classLimit).fill(unknown) });
    }
    return number;
  };
  const first = intern(closure(nfa, [start]));

  const advance = (state: DfaState, charClass: number): number => {
    const code = present(samples[charClass], 'sample of a character class');
    const reached = state.members.filter((member) => nfa.tests[member]?.(code)).map((member) => nfa.targets[member] ?? 0);
    const number = intern(closure(nfa, reached));
    state.next[charClass] = number;
    return number;
  };
  const step = (number: number, code: number): number => {
    const state = present(states[number], 'automaton state');
    const charClass = classOf.of(code);
    const next = state.next[charClass] ?? unknown;
    return next === unknown ? advance(state, charClass) : next;
  };

  return {
    longest: (text, begin) => {
      let pattern = -1;
      let end = begin;
      let number = first;
      for (let i = begin; i < text.length; i++) {
        number = step(number, text.charCodeAt(i));
        if (number === dead) break;
        const accept = states[number]?.accept ?? -1;
        if (accept >= 0) {
          pattern = accept;
          end = i + 1;
        }
      }
      return pattern < 0 ? null : { pattern, end };
    },
    covers: (text, begin, end) => {
      let number = first;
      for (let i = begin; i < end && number !== dead; i++) number = step(number, text.charCodeAt(i));
      return (states[number]?.accept ?? -1) >= 0;
    },
  };
}

/** Groups code units that every test treats alike, so that a state needs one entry for each group. */
function classifier(tests: readonly CharTest[]): { of(code: number): number; readonly samples: readonly number[] } {
  const distinct = [...new Set(tests)];
  const known = new Int16Array(0x10000).fill(-1);
  const signatures = new Map<string, number>();
  const samples: number[] = [];
  return {
    samples,
    of: (code) => {
      let charClass = known[code] ?? -1;
      if (charClass >= 0) return charClass;
      const signature = distinct.map((test) => (test(code) ? '1' : '0')).join('');
      charClass = signatures.get(signature) ?? samples.length;
      if (charClass === samples.length) {
        assertInternal(charClass < classLimit, 'more character classes than a state has places');
        signatures.set(signature, charClass);
        samples.push(code);
      }
      known[code] = charClass;
      return charClass;
    },
  };
}

function addState(nfa: Nfa): number {
  nfa.tests.push(undefined);
  nfa.targets.push(0);
  nfa.jumps.push([]);
  nfa.accepts.push(undefined);
  return nfa.tests.length - 1;
}

/** Adds a pattern whose entry is written into `entry`; gives its last state. */
function addPattern(nfa: Nfa, pattern: Pattern, entry: number[]): number {
  switch (pattern.kind) {
    case 'set': {
      const from = addState(nfa);
      const to = addState(nfa);
      entry.push(from);
      nfa.tests[from] = pattern.has;
      nfa.targets[from] = to;
      return to;
    }
    case 'sequence': {
      let end = addState(nfa);
      entry.push(end);
      for (const part of pattern.parts) end = addPattern(nfa, part, present(nfa.jumps[end], 'sequence'));
      return end;
    }
    case 'choice': {
      const end = addState(nfa);
      for (const option of pattern.options) nfa.jumps[addPattern(nfa, option, entry)]?.push(end);
      return end;
    }
    case 'repeat':
      return addRepeat(nfa, pattern, entry);
    default:
      return pattern satisfies never;
  }
}

function addRepeat(nfa: Nfa, pattern: Extract<Pattern, { kind: 'repeat' }>, entry: number[]): number {
  const end = addState(nfa);
  let here = addState(nfa);
  entry.push(here);
  for (let i = 0; i < pattern.atLeast; i++) here = addPattern(nfa, pattern.part, present(nfa.jumps[here], 'repeat'));
  if (pattern.atMost === Infinity) {
    const loop = addState(nfa);
    nfa.jumps[here]?.push(loop);
    nfa.jumps[addPattern(nfa, pattern.part, present(nfa.jumps[loop], 'repeat'))]?.push(loop);
    nfa.jumps[loop]?.push(end);
    return end;
  }
  for (let i = pattern.atLeast; i < pattern.atMost; i++) {
    nfa.jumps[here]?.push(end);
    here = addPattern(nfa, pattern.part, present(nfa.jumps[here], 'repeat'));
  }
  nfa.jumps[here]?.push(end);
  return end;
}

/** All states that can be reached for free, sorted; those that neither read nor accept are left out. */
function closure(nfa: Nfa, from: readonly number[]): readonly number[] {
  const seen = new Set(from);
  for (const state of seen) for (const target of nfa.jumps[state] ?? []) seen.add(target);
  return [...seen].filter((state) => nfa.tests[state] !== undefined || nfa.accepts[state] !== undefined).sort((a, b) => a - b);
}
