/** @file The history of edits, kept over a reload: each step is a record of its own, so that a small change does not write the whole again. */

import {
  emptyHistory,
  recordStep,
  redoStep,
  undoStep,
  type ContentChange,
  type EditHistory,
  type EditStep,
  type HistoryMove,
} from '../../../core/dataset/edit/history.ts';
import { readHistory } from '../../../core/dataset/edit/read-history.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { LateWrite } from '../late-write.ts';

/** Which steps there are, and how many of them stand. */
interface EditLogHead {
  readonly position: number;
  readonly ids: readonly string[];
}

/** A stored step, or the head. */
export type EditLogRecord = EditStep | EditLogHead;

/** What the log works with. */
export interface EditLogParts {
  readonly records: RecordStore<EditLogRecord>;
  /** Hears of deleted pictures that no step brings back any more. */
  readonly onLost: (ids: readonly string[]) => void;
  readonly onTrouble: (error: unknown) => void;
}

const headId = 'head';

/** The edits of this visit and of earlier ones. */
export class EditLog {
  #history = $state.raw<EditHistory>(emptyHistory);
  readonly #parts: EditLogParts;
  readonly #ids = new Map<EditStep, string>();
  /** Those that this tab has known, to tell them from another tab's. */
  readonly #known = new Set<string>();
  #writing: Promise<void> = Promise.resolve();
  #unwritten: EditStep | undefined;
  readonly #late = new LateWrite(() => this.flush());

  constructor(parts: EditLogParts) {
    this.#parts = parts;
  }

  /** All steps, and how many of them stand. */
  get history(): EditHistory {
    return this.#history;
  }

  /** Brings back the steps of earlier visits, before those that this one has made meanwhile; gives what it brought back. */
  async load(): Promise<EditHistory> {
    const { records } = this.#parts;
    const head = await records.load(headId);
    if (head === undefined || !('ids' in head)) return emptyHistory;
    const isOurs = (id: string): boolean => this.#known.has(id);
    const position = head.ids.slice(0, head.position).filter((id) => !isOurs(id)).length;
    const earlier = head.ids.filter((id) => !isOurs(id));
    const stored = await Promise.all(earlier.map(async (id) => ({ id, step: await records.load(id) })));
    const kept = stored.filter(({ step }) => step !== undefined);
    const read = readHistory({ steps: kept.map(({ step }) => step), position });
    // Steps that could not be read were the first ones.
    const ids = kept.slice(kept.length - read.steps.length).map(({ id }) => id);
    for (const [index, step] of read.steps.entries()) this.#ids.set(step, ids[index] ?? '');
    for (const id of earlier) this.#known.add(id);
    const ours = this.#history;
    // After a new step nothing is done again that was undone before it.
    const before = ours.steps.length === 0 ? read : { ...read, steps: read.steps.slice(0, read.position) };
    this.#history = { steps: [...before.steps, ...ours.steps], position: before.position + ours.position };
    return before;
  }

  /** Adds a step that was just done; undefined when it changed nothing. */
  record(step: EditStep): EditStep | undefined {
    const next = recordStep(this.#history, step);
    if (next === this.#history) return undefined;
    this.#move(next);
    return next.steps.at(-1);
  }

  /** Adds a change to the newest step, if that is the given one; gives the step as it is then, or undefined. */
  extend(step: EditStep, change: ContentChange): EditStep | undefined {
    const { steps, position } = this.#history;
    if (position !== steps.length || steps.at(-1) !== step) return undefined;
    const longer = { ...step, changes: [...step.changes, change] };
    this.#ids.set(longer, this.#ids.get(step) ?? crypto.randomUUID());
    this.#ids.delete(step);
    this.#history = { steps: [...steps.slice(0, -1), longer], position };
    this.#writeSoon(longer);
    return longer;
  }

  /** Takes the newest step that stands back. */
  undo(): HistoryMove | null {
    return this.#follow(undoStep(this.#history));
  }

  /** Does the step again that was undone last. */
  redo(): HistoryMove | null {
    return this.#follow(redoStep(this.#history));
  }

  /** Forgets what was undone. */
  dropUndone(): void {
    const { steps, position } = this.#history;
    if (position < steps.length) this.#move({ steps: steps.slice(0, position), position });
  }

  /** Writes down now what is not yet; resolves when it is. */
  flush(): Promise<void> {
    this.#late.drop();
    const step = this.#unwritten;
    this.#unwritten = undefined;
    const id = step === undefined ? undefined : this.#ids.get(step);
    if (step !== undefined && id !== undefined) this.#queueWrite([[id, step]], []);
    return this.#writing;
  }

  /** A step that grows is written less often the longer it is. */
  #writeSoon(step: EditStep): void {
    this.#unwritten = step;
    this.#late.plan(500 + 2 * step.changes.length);
  }

  #follow(move: HistoryMove | null): HistoryMove | null {
    if (move !== null) this.#move(move.history);
    return move;
  }

  #move(next: EditHistory): void {
    const known = new Set(next.steps);
    const gone = this.#history.steps.filter((step) => !known.has(step));
    const added = next.steps.filter((step) => !this.#ids.has(step));
    for (const step of added) this.#ids.set(step, crypto.randomUUID());
    const goneIds = gone.map((step) => this.#ids.get(step) ?? '');
    for (const step of gone) this.#ids.delete(step);
    this.#history = next;
    const head = { position: next.position, ids: next.steps.map((step) => this.#ids.get(step) ?? '') };
    for (const id of head.ids) this.#known.add(id);
    this.#queueWrite(
      added.map((step) => [this.#ids.get(step) ?? '', step] as const),
      goneIds,
      head,
    );
    const wanted = new Set(next.steps.flatMap(({ removed = [] }) => removed));
    this.#parts.onLost(gone.flatMap(({ removed = [] }) => removed).filter((id) => !wanted.has(id)));
  }

  #queueWrite(records: readonly (readonly [string, EditStep])[], gone: readonly string[], head?: EditLogHead): void {
    this.#writing = this.#writing.then(() => this.#write(records, gone, head)).catch(this.#parts.onTrouble);
  }

  async #write(steps: readonly (readonly [string, EditStep])[], gone: readonly string[], head: EditLogHead | undefined): Promise<void> {
    const { records } = this.#parts;
    await records.saveMany(steps);
    if (head !== undefined) await records.update(headId, (stored) => joinHeads(head, stored, this.#known));
    if (gone.length > 0) await records.remove(gone);
  }
}

/** Steps that stand and that another tab has written meanwhile stay, before this tab's. */
function joinHeads(mine: EditLogHead, stored: EditLogRecord | undefined, known: ReadonlySet<string>): EditLogHead {
  if (stored === undefined || !('ids' in stored)) return mine;
  const others = stored.ids.slice(0, stored.position).filter((id) => !known.has(id));
  return { position: mine.position + others.length, ids: [...others, ...mine.ids] };
}
