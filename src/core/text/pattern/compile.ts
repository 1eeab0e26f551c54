/** @file Turns a pattern into a list of steps that {@link matchFrom} follows on all paths at once. */

import { StudioError } from '../../error.ts';
import type { PatternNode, Place } from './syntax.ts';

/** One step. Numbers are places in the list. */
export type Step =
  | { readonly kind: 'character'; readonly accepts: (codePoint: number) => boolean }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'clear'; readonly firstSlot: number; readonly endSlot: number }
  | { kind: 'either'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { readonly kind: 'match' };

/** More steps come from counts such as {1000}{1000} only; they would take time and memory. */
const maxSteps = 4000;

/**
 * Compiles a pattern.
 *
 * @throws {StudioError} 'argument-invalid' when its counts multiply beyond what is followed
 */
export function compileSteps(root: PatternNode): readonly Step[] {
  const steps: Step[] = [];
  write(steps, { kind: 'group', index: 0, part: root });
  steps.push({ kind: 'match' });
  return steps;
}

function write(steps: Step[], node: PatternNode): void {
  if (steps.length > maxSteps)
    throw new StudioError('argument-invalid', 'pattern: its counts make it too large; use smaller numbers in braces');
  switch (node.kind) {
    case 'character':
    case 'place':
      steps.push(node);
      return;
    case 'sequence':
      for (const part of node.parts) write(steps, part);
      return;
    case 'group':
      steps.push({ kind: 'save', slot: 2 * node.index });
      write(steps, node.part);
      steps.push({ kind: 'save', slot: 2 * node.index + 1 });
      return;
    case 'choice':
      writeChoice(steps, node.options);
      return;
    case 'repeat':
      writeRepeat(steps, node);
      return;
    default:
      node satisfies never;
  }
}

function writeChoice(steps: Step[], options: readonly PatternNode[]): void {
  const ends: { kind: 'jump'; to: number }[] = [];
  options.forEach((option, i) => {
    if (i === options.length - 1) {
      write(steps, option);
      return;
    }
    const fork = { kind: 'either' as const, first: steps.length + 1, second: 0 };
    steps.push(fork);
    write(steps, option);
    const end = { kind: 'jump' as const, to: 0 };
    steps.push(end);
    ends.push(end);
    fork.second = steps.length;
  });
  for (const end of ends) end.to = steps.length;
}

function writeRepeat(steps: Step[], node: PatternNode & { readonly kind: 'repeat' }): void {
  for (let i = 0; i < node.min; i++) writeTurn(steps, node);
  if (node.max === Infinity) {
    const start = steps.length;
    const fork = writeFork(steps);
    writeTurn(steps, node);
    steps.push({ kind: 'jump', to: start });
    closeFork(fork, node.isGreedy, steps.length);
    return;
  }
  const forks = Array.from({ length: Math.min(node.max - node.min, maxSteps) }, () => {
    const fork = writeFork(steps);
    writeTurn(steps, node);
    return fork;
  });
  for (const fork of forks) closeFork(fork, node.isGreedy, steps.length);
}

function writeTurn(steps: Step[], { part, groups: [first, end] }: PatternNode & { readonly kind: 'repeat' }): void {
  if (end > first) steps.push({ kind: 'clear', firstSlot: 2 * first, endSlot: 2 * end });
  write(steps, part);
}

interface Fork {
  readonly step: { kind: 'either'; first: number; second: number };
  readonly inside: number;
}

function writeFork(steps: Step[]): Fork {
  const step = { kind: 'either' as const, first: 0, second: 0 };
  steps.push(step);
  return { step, inside: steps.length };
}

function closeFork({ step, inside }: Fork, isGreedy: boolean, after: number): void {
  step.first = isGreedy ? inside : after;
  step.second = isGreedy ? after : inside;
}
