/**
 * @file What was changed in captions and tags, to undo and redo: plain data that outlives a reload. A change says what was there before and
 * after, so that an undo sees where something else has changed the picture meanwhile, and leaves that alone.
 */

import type { ItemContent } from '../item.ts';
import { sameContent } from './same-content.ts';

/** What happened to one picture. */
export interface ContentChange {
  readonly path: string;
  readonly before: ItemContent;
  readonly after: ItemContent;
}

/** One act of the user: of one picture or of thousands at once. */
export interface EditStep {
  /** What it did, in words: “Replace cat with dog”. */
  readonly label: string;
  /** When. @unit milliseconds since 1970 */
  readonly atMs: number;
  readonly changes: readonly ContentChange[];
  /** Pictures that it took out of the set; absent where it took none. */
  readonly removed?: readonly string[];
}

/** All steps that are kept, and how many of them stand. */
export interface EditHistory {
  readonly steps: readonly EditStep[];
  /** Steps before it are done, those from it on are undone. From 0 to the number of steps, inclusive. */
  readonly position: number;
}

/** What a history may keep. */
export interface HistoryLimits {
  readonly steps: number;
  /** Pictures in all steps together: this bounds the memory. */
  readonly changes: number;
}

/** Enough for a long day: at 300 characters a caption about 100 MB at the very most. */
export const defaultHistoryLimits: HistoryLimits = { steps: 500, changes: 100_000 };

/** A history without steps. */
export const emptyHistory: EditHistory = { steps: [], position: 0 };

/**
 * Adds a step that was just done. What was undone before is forgotten, changes that change nothing are left out, and the oldest steps go
 * where there are too many; the newest one always stays.
 */
export function recordStep(history: EditHistory, step: EditStep, limits: HistoryLimits = defaultHistoryLimits): EditHistory {
  const changes = step.changes.filter(({ before, after }) => !sameContent(before, after));
  if (changes.length === 0 && (step.removed ?? []).length === 0) return history;
  const steps = [...history.steps.slice(0, history.position), { ...step, changes }];
  let count = steps.reduce((sum, one) => sum + picturesOf(one), 0);
  let first = 0;
  while (first < steps.length - 1 && (steps.length - first > limits.steps || count > limits.changes)) {
    const oldest = steps[first];
    count -= oldest === undefined ? 0 : picturesOf(oldest);
    first++;
  }
  const kept = steps.slice(first);
  return { steps: kept, position: kept.length };
}

function picturesOf({ changes, removed = [] }: EditStep): number {
  return changes.length + removed.length;
}

/** A step back or forward: what is to be put in place, and the history afterwards. */
export interface HistoryMove {
  readonly history: EditHistory;
  readonly step: EditStep;
  /** What is to be done: `before` is what should be there now, `after` what is to be put there. */
  readonly changes: readonly ContentChange[];
}

/** Takes back the last step that stands; null where there is none. */
export function undoStep(history: EditHistory): HistoryMove | null {
  const step = history.steps[history.position - 1];
  if (step === undefined) return null;
  const changes = step.changes.map(({ path, before, after }) => ({ path, before: after, after: before }));
  return { history: { ...history, position: history.position - 1 }, step, changes };
}

/** Does the next step again that was undone; null where there is none. */
export function redoStep(history: EditHistory): HistoryMove | null {
  const step = history.steps[history.position];
  if (step === undefined) return null;
  return { history: { ...history, position: history.position + 1 }, step, changes: step.changes };
}

/** What came of putting changes in place. */
export interface AppliedChanges {
  /** The new content of each picture that was changed. */
  readonly contents: ReadonlyMap<string, ItemContent>;
  /** Pictures that are gone or were changed by something else meanwhile; they stay as they are. */
  readonly conflicts: readonly string[];
}

/** Puts changes in place where a picture still has what the change expects. */
export function applyChanges(changes: readonly ContentChange[], current: (path: string) => ItemContent | undefined): AppliedChanges {
  const contents = new Map<string, ItemContent>();
  const conflicts: string[] = [];
  for (const { path, before, after } of changes) {
    const now = contents.get(path) ?? current(path);
    if (now !== undefined && sameContent(now, before)) contents.set(path, after);
    else conflicts.push(path);
  }
  return { contents, conflicts };
}
