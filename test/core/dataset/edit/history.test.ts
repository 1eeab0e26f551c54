/** @file Undo, redo, and what they leave alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyChanges,
  emptyHistory,
  recordStep,
  redoStep,
  undoStep,
  type EditHistory,
  type EditStep,
} from '../../../../src/core/dataset/edit/history.ts';
import { readHistory } from '../../../../src/core/dataset/edit/read-history.ts';
import type { ItemContent } from '../../../../src/core/dataset/item.ts';

const content = (text: string, tags: readonly string[] = []): ItemContent => ({
  captions: text === '' ? [] : [{ text, author: { kind: 'person' } }],
  tags,
});

const step = (path: string, before: string, after: string): EditStep => ({
  label: `${before} to ${after}`,
  atMs: 1,
  changes: [{ path, before: content(before), after: content(after) }],
});

describe('recordStep', () => {
  it('forgets what was undone once something new is done', () => {
    let history = recordStep(recordStep(emptyHistory, step('a', '', 'x')), step('a', 'x', 'y'));
    history = undoStep(history)?.history ?? history;
    history = recordStep(history, step('a', 'x', 'z'));
    expect(history.steps.map(({ label }) => label)).toEqual([' to x', 'x to z']);
    expect(redoStep(history)).toBeNull();
  });

  it('keeps no step that changes nothing', () => {
    expect(recordStep(emptyHistory, step('a', 'x', 'x'))).toBe(emptyHistory);
  });

  it('drops the oldest steps beyond its limits and keeps the newest, however large', () => {
    let history: EditHistory = emptyHistory;
    for (let i = 0; i < 10; i++) history = recordStep(history, step('a', String(i), String(i + 1)), { steps: 3, changes: 100 });
    expect(history.steps.map(({ label }) => label)).toEqual(['7 to 8', '8 to 9', '9 to 10']);
    const large = { label: 'all', atMs: 2, changes: ['a', 'b', 'c'].map((path) => ({ path, before: content('1'), after: content('2') })) };
    expect(recordStep(history, large, { steps: 3, changes: 2 })).toEqual({ steps: [large], position: 1 });
  });
});

describe('undoStep and redoStep', () => {
  it('bring back every state of a random course of edits', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ path: fc.constantFrom('a', 'b'), text: fc.constantFrom('', 'x', 'y', 'z') })), (edits) => {
        const now = new Map([
          ['a', content('')],
          ['b', content('')],
        ]);
        const states = [new Map(now)];
        let history: EditHistory = emptyHistory;
        for (const { path, text } of edits) {
          const before = now.get(path) ?? content('');
          const next = recordStep(history, { label: '', atMs: 0, changes: [{ path, before, after: content(text) }] });
          if (next === history) continue;
          history = next;
          now.set(path, content(text));
          states.push(new Map(now));
        }
        for (const move of [undoStep, redoStep]) {
          for (let made = move(history); made !== null; made = move(history)) {
            const { contents, conflicts } = applyChanges(made.changes, (path) => now.get(path));
            expect(conflicts).toEqual([]);
            for (const [path, value] of contents) now.set(path, value);
            history = made.history;
            expect(now).toEqual(states[history.position]);
          }
        }
        expect(history.position).toBe(states.length - 1);
      }),
    );
  });

  it('leave a picture alone that something else has changed meanwhile', () => {
    const made = undoStep(recordStep(emptyHistory, step('a', 'x', 'y')));
    const { contents, conflicts } = applyChanges(made?.changes ?? [], () => content('typed by hand'));
    expect([...contents]).toEqual([]);
    expect(conflicts).toEqual(['a']);
  });
});

describe('readHistory', () => {
  it('reads what was stored as JSON', () => {
    const history = recordStep(recordStep(emptyHistory, step('a', '', 'x')), step('b', '', 'y'));
    expect(readHistory(JSON.parse(JSON.stringify(history)))).toEqual(history);
  });

  it('drops a step that cannot be read with all before it, since no undo may jump over it', () => {
    const history = { steps: [step('a', '', 'x'), { label: 1 }, step('a', 'y', 'z')], position: 3 };
    expect(readHistory(history)).toEqual({ steps: [step('a', 'y', 'z')], position: 1 });
  });

  it.each([null, 7, {}, { steps: 1, position: 0 }, { steps: [], position: -1 }])('gives an empty history for %j', (value) => {
    expect(readHistory(value)).toEqual(emptyHistory);
  });
});
