/** @file The comparison on the screen: thousands of rows, keys, and a way in from a card. */
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { CardRecord } from '../../../src/app/state/cards/card-record.ts';
import type { ComparisonColumn } from '../../../src/app/state/compare/comparison-record.ts';
import { memoryStores, openStage, type Stage } from '../stage.ts';

const rows = 10_000;
const model = { name: 'llava-mini', sha256: '5'.repeat(64) };
const columns = ['Caption it.', 'Describe it.', 'List it.'].map(
  (prompt, i): ComparisonColumn => ({ id: `column-${String(i)}`, model, recipe: { label: prompt, prompt, system: null, changes: {} } }),
);
let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

function record(order: number): CardRecord {
  const recipe = { label: '', prompt: 'Caption it.', system: null, changes: {} };
  const known = { source: undefined, size: { width: 4, height: 3 }, report: undefined, error: undefined };
  const name = `${String(order)}.jpg`;
  return {
    id: `card-${String(order)}`,
    name,
    order,
    sizeBytes: 1,
    state: 'done',
    isQueued: false,
    text: 'Kept.',
    isEdited: true,
    recipe,
    ...known,
  };
}

/** A page with so many pictures whose captions of all columns are kept. */
async function openFilled(count: number): Promise<Stage> {
  const stores = memoryStores();
  const cards = Array.from({ length: count }, (_, i) => record(i + 1));
  await stores.cards.saveMany(cards.map((card) => [card.id, card]));
  await stores.comparisons.save('comparison', { columns, pictureIds: null, blind: null, isWriting: false });
  await stores.comparisonCaptions.saveMany(
    cards.flatMap(({ id: file }) =>
      columns.map(({ id, recipe }) => {
        const written = { systemId: id, file, text: `${recipe.label} ${file}`, error: null, exactPrompt: '' };
        return [`${id} ${file}`, written] as const;
      }),
    ),
  );
  stage = await openStage({}, stores);
  stage.workspace.comparison.open();
  await vi.waitFor(() => expect(cells().length).toBeGreaterThan(0));
  return stage;
}

const cells = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[role=gridcell]')];
const grid = (): HTMLElement => document.querySelector<HTMLElement>('[role=grid]') ?? expect.unreachable('no comparison is shown');
const standing = (): string => {
  const { activeElement } = document;
  return `${activeElement?.closest<HTMLElement>('[data-card]')?.dataset['card'] ?? ''} ${activeElement?.getAttribute('data-place') ?? ''}`;
};

describe('a comparison of ten thousand pictures', () => {
  it('has only the rows in sight on the page, and those at the end when it is scrolled there', async () => {
    await openFilled(rows);
    expect(grid().getAttribute('aria-rowcount')).toBe(String(rows + 1));
    expect(cells().length).toBeLessThan(60 * columns.length);
    await vi.waitFor(() => {
      grid().scrollTop = grid().scrollHeight; // again: it grows as rows are measured
      expect(document.querySelector(`[data-card="card-${String(rows)}"]`)?.textContent).toContain(`List it. card-${String(rows)}`);
    });
    expect(cells().length).toBeLessThan(60 * columns.length);
  });

  it('takes the focus from nobody who has gone on before a row out of sight is there', async () => {
    await openFilled(rows);
    await vi.waitFor(() => expect(standing()).toBe('card-1 0'));
    const frames: FrameRequestCallback[] = [];
    const held = vi.spyOn(globalThis, 'requestAnimationFrame').mockImplementation((frame) => frames.push(frame));
    onTestFinished(() => held.mockRestore());
    await userEvent.keyboard('{Control>}{End}{/Control}');
    const cellAt = (order: number): HTMLElement | null => document.querySelector(`[data-card="card-${String(order)}"] [data-place="1"]`);
    await vi.waitFor(() => expect([cellAt(rows - 1), cellAt(rows)]).not.toContain(null));
    await vi.waitFor(() => {
      cellAt(rows - 1)?.focus(); // again: a row is hidden until it is measured
      expect(standing()).toBe(`card-${String(rows - 1)} 1`);
    });
    for (const frame of frames.splice(0)) frame(performance.now());
    await new Promise((resolve) => setTimeout(resolve));
    expect(standing()).toBe(`card-${String(rows - 1)} 1`);
  });
});

describe('the keys of a comparison', () => {
  it('move between captions, use them, and leave', async () => {
    const { workspace } = await openFilled(3);
    await vi.waitFor(() => expect(standing()).toBe('card-1 0'));
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
    await vi.waitFor(() => expect(standing()).toBe('card-1 2'));
    await userEvent.keyboard('{ArrowDown}');
    await vi.waitFor(() => expect(standing()).toBe('card-2 2'));
    await userEvent.keyboard('{Enter}');
    await vi.waitFor(() => expect(workspace.library.cards[1]?.text).toBe('List it. card-2'));
    await userEvent.keyboard('1');
    await vi.waitFor(() => expect(workspace.library.cards[1]?.text).toBe('Caption it. card-2'));
    expect(workspace.styles.chosen).toBeUndefined();
    await userEvent.keyboard('{Home}');
    await vi.waitFor(() => expect(standing()).toBe('card-2 0'));
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('[role=grid]')).toBeNull());
    expect(workspace.hash).toBe('#/caption');
  });

  it('judge without names and go on to the next picture', async () => {
    const { workspace } = await openFilled(3);
    const { blind } = workspace.comparison;
    blind.begin(5);
    await vi.waitFor(() => expect(document.querySelectorAll('.letter')).toHaveLength(3));
    expect(grid().querySelector('.head')?.textContent).not.toContain('Caption it.');
    await userEvent.keyboard('2');
    await vi.waitFor(() => expect(standing()).toBe('card-2 0'));
    const [first, second] = workspace.library.cards;
    if (first === undefined || second === undefined) return expect.unreachable();
    expect(blind.choiceFor(first)).toBe(blind.orderFor(first)[1]?.id);
    await userEvent.keyboard('0');
    await vi.waitFor(() => expect(blind.choiceFor(second)).toBeNull());
    expect(workspace.library.cards.map(({ text }) => text)).toEqual(['Kept.', 'Kept.', 'Kept.']);
  });
});

describe('a card', () => {
  it('has a button that compares its captions', async () => {
    const { workspace } = await openFilled(2);
    workspace.comparison.isOpen = false;
    await vi.waitFor(() => expect(document.querySelectorAll('.card')).toHaveLength(2));
    await vi.waitFor(() => {
      document.querySelector<HTMLElement>('.card .picture')?.focus(); // again: a card may be laid out anew
      expect(document.querySelector('.tools [aria-label=Compare]')).not.toBeNull();
    });
    document.querySelector<HTMLElement>('.tools [aria-label=Compare]')?.click();
    await vi.waitFor(() => expect(document.querySelectorAll('[role=grid] [data-card]')).toHaveLength(1));
    expect(workspace.hash).toBe('#/caption?view=compare');
  });
});
