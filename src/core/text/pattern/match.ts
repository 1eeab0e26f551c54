/**
 * @file Finds a pattern in a text by following all its paths side by side, one character at a time: the time is at most the length of the
 * text times the length of the pattern, whatever both are. Of several matches at a place the one counts that backtracking would find first.
 *
 * @source Pike's machine as in Cox 2009, swtch.com/~rsc/regexp/regexp2.html
 */

import type { Step } from './compile.ts';
import type { Place } from './syntax.ts';

/** Where groups begin and end in the text: slots 2g and 2g + 1 of group g, -1 where it took no part. */
export type Slots = readonly number[];

/** One path: the step before which it stands, and what it has saved. */
interface Path {
  readonly step: number;
  readonly slots: Slots;
}

/** What is searched for. */
export interface Search {
  readonly steps: readonly Step[];
  /** Twice the number of groups; 0 where it is enough to know that there is a match: places are saved nowhere then. */
  readonly slotCount: number;
  /** Tells whether a match can begin with a character; null where one may begin without any. */
  readonly canBegin: ((codePoint: number) => boolean) | null;
}

/** Finds the first match from a place on; null where there is none. */
export function matchFrom({ steps, slotCount, canBegin }: Search, text: string, from: number): Slots | null {
  const seen = new Int32Array(steps.length).fill(-1); // the last place at which a path stood before a step
  const none = new Array<number>(slotCount).fill(-1);
  let paths: Path[] = [];
  let found: Slots | null = null;
  for (let at = from; ; ) {
    if (paths.length === 0 && found !== null) return found;
    if (found === null && (canBegin === null || canBegin(text.codePointAt(at) ?? -1))) addPaths(paths, { steps, seen, text, at }, 0, none);
    const codePoint = at < text.length ? (text.codePointAt(at) ?? -1) : -1;
    const next = at + (codePoint > 0xff_ff ? 2 : 1);
    const onward: Path[] = [];
    for (const { step, slots } of paths) {
      const one = steps[step];
      if (one?.kind === 'match') {
        if (slotCount === 0) return slots;
        found = slots;
        break; // later paths would be found later
      }
      if (one?.kind === 'character' && codePoint >= 0 && one.accepts(codePoint)) {
        addPaths(onward, { steps, seen, text, at: next }, step + 1, slots);
      }
    }
    if (codePoint < 0) return found;
    paths = onward;
    at = next;
  }
}

/** Finds out with which characters a match can begin; null where the pattern may begin with a place or be empty. */
export function findBeginnings(steps: readonly Step[]): ((codePoint: number) => boolean) | null {
  const accepts: ((codePoint: number) => boolean)[] = [];
  const open = [0];
  const seen = new Set<number>();
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    if (seen.has(step)) continue;
    seen.add(step);
    const one = steps[step];
    switch (one?.kind) {
      case 'either':
        open.push(one.first, one.second);
        break;
      case 'jump':
        open.push(one.to);
        break;
      case 'save':
      case 'clear':
        open.push(step + 1);
        break;
      case 'character':
        accepts.push(one.accepts);
        break;
      default:
        return null;
    }
  }
  return (codePoint) => codePoint >= 0 && accepts.some((accept) => accept(codePoint));
}

interface Situation {
  readonly steps: readonly Step[];
  readonly seen: Int32Array;
  readonly text: string;
  readonly at: number;
}

/** Follows all steps that take no character; a step that an earlier path has reached at this place is not gone again. */
function addPaths(paths: Path[], { steps, seen, text, at }: Situation, start: number, startSlots: Slots): void {
  const open: Path[] = [{ step: start, slots: startSlots }];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { step, slots } = path;
    if (seen[step] === at) continue;
    seen[step] = at;
    const one = steps[step];
    switch (one?.kind) {
      case 'either':
        open.push({ step: one.second, slots }, { step: one.first, slots }); // the last one is followed first
        break;
      case 'jump':
        open.push({ step: one.to, slots });
        break;
      case 'save':
        open.push({ step: step + 1, slots: slots.length === 0 ? slots : slots.with(one.slot, at) });
        break;
      case 'clear':
        open.push({ step: step + 1, slots: slots.map((slot, i) => (i >= one.firstSlot && i < one.endSlot ? -1 : slot)) });
        break;
      case 'place':
        if (isAt(one.place, text, at)) open.push({ step: step + 1, slots });
        break;
      default:
        paths.push(path);
    }
  }
}

function isAt(place: Place, text: string, at: number): boolean {
  switch (place) {
    case 'text-start':
      return at === 0;
    case 'text-end':
      return at === text.length;
    case 'line-start':
      return at === 0 || isLineEnd(text.charAt(at - 1));
    case 'line-end':
      return at === text.length || isLineEnd(text.charAt(at));
    case 'word-edge':
      return isWord(text.charAt(at - 1)) !== isWord(text.charAt(at));
    case 'no-word-edge':
      return isWord(text.charAt(at - 1)) === isWord(text.charAt(at));
    default:
      return place satisfies never;
  }
}

function isLineEnd(sign: string): boolean {
  return /^[\n\r\u2028\u2029]$/u.test(sign);
}

function isWord(sign: string): boolean {
  return /^\w$/u.test(sign);
}
