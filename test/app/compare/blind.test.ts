/** @file Judging without names. */
import { describe, expect, it, vi } from 'vitest';
import { blindOrder, letterOf } from '../../../src/app/state/compare/blind-order.ts';
import { endBlind, useChoices } from '../../../src/app/state/compare/compare-acts.ts';
import { openCompared, addCaptioned, compareStyles, zeroShot } from './comparison-stage.ts';

describe('the order of a picture’s captions', () => {
  it('is the same for the same seed and picture, and has each caption in each place equally often', () => {
    const items = ['a', 'b', 'c'];
    expect(blindOrder(items, 7, 'picture')).toEqual(blindOrder(items, 7, 'picture'));
    const firsts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = blindOrder(items, 7, `picture ${String(i)}`).join('');
      firsts.set(key, (firsts.get(key) ?? 0) + 1);
    }
    expect(firsts.size).toBe(6);
    // Six orders of 1,000 each; four standard deviations are 115.
    for (const count of firsts.values()) expect(Math.abs(count - 1000)).toBeLessThan(115);
  });

  it('has letters for its places', () => {
    expect([0, 1, 25, 26].map(letterOf)).toEqual(['A', 'B', 'Z', '27']);
  });
});

describe('a blind comparison', () => {
  it('counts what was chosen, takes a choice back, and ends with the names and the shares', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 4);
    await compareStyles(workspace);
    const { comparison, library, history } = workspace;
    const { blind } = comparison;
    const [plain, tales] = comparison.columns;
    if (plain === undefined || tales === undefined) return expect.unreachable();
    blind.begin(3);
    const orders = library.cards.map((card) => blind.orderFor(card).map(({ id }) => id));
    expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(1);
    const [one, two, three, four] = library.cards;
    if (one === undefined || two === undefined || three === undefined || four === undefined) return expect.unreachable();
    blind.choose(one, tales.id);
    blind.choose(two, tales.id);
    blind.choose(three, null);
    blind.choose(four, plain.id);
    history.undo();
    expect(blind.choiceFor(four)).toBeUndefined();
    history.redo();
    expect(blind.choiceFor(four)).toBe(plain.id);
    expect(library.cards.map(({ text }) => text)).toEqual([zeroShot, zeroShot, zeroShot, zeroShot]);
    endBlind(workspace);
    expect(workspace.overlay).toBe('choices');
    expect(blind.isOn).toBe(false);
    expect(blind.tally).toMatchObject({ judged: 4, undecided: 1 });
    expect(blind.tally.preferences.map(({ chosen, share }) => [chosen, share])).toEqual([
      [1, 0.25],
      [2, 0.5],
      [0, 0],
    ]);
    useChoices(workspace);
    const inTales = `${zeroShot} In tales at 1.`;
    expect(library.cards.map(({ text }) => text)).toEqual([inTales, inTales, zeroShot, zeroShot]);
    workspace.undo();
    expect(library.cards.map(({ text }) => text)).toEqual([zeroShot, zeroShot, zeroShot, zeroShot]);
  });

  it('keeps its order and its choices over a reload', async () => {
    const first = await openCompared();
    await addCaptioned(first.workspace, 3);
    await compareStyles(first.workspace);
    const { comparison } = first.workspace;
    comparison.blind.begin();
    const before = comparison.rows.map((card) => comparison.blind.orderFor(card).map(({ id }) => id));
    const [card] = comparison.rows;
    const chosen = before[0]?.[1] ?? '';
    if (card !== undefined) comparison.blind.choose(card, chosen);
    await first.workspace.flush();
    const { workspace } = await openCompared({}, first.stores);
    workspace.comparison.open();
    await vi.waitFor(() => expect(workspace.comparison.isLoaded).toBe(true));
    const { rows, blind } = workspace.comparison;
    expect(rows.map((one) => blind.orderFor(one).map(({ id }) => id))).toEqual(before);
    expect(rows.map((one) => blind.choiceFor(one))).toEqual([chosen, undefined, undefined]);
  });

  it('leaves nothing behind when it ends without a choice, and gives an earlier round back', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    await compareStyles(workspace);
    const { comparison } = workspace;
    const { blind } = comparison;
    blind.begin();
    endBlind(workspace);
    expect([blind.isOn, blind.isRevealed, workspace.overlay]).toEqual([false, false, undefined]);
    blind.begin();
    const [card] = comparison.rows;
    const [column] = comparison.columns;
    if (card === undefined || column === undefined) return expect.unreachable();
    blind.choose(card, column.id);
    endBlind(workspace);
    blind.begin();
    expect(blind.tally.judged).toBe(0);
    workspace.undo();
    expect(blind.tally.judged).toBe(1);
    expect(blind.isRevealed).toBe(true);
  });
});
