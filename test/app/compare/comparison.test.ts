/** @file Captions side by side: columns, what is written and what is taken, choosing, and a reload. */
import { describe, expect, it, vi } from 'vitest';
import { isOfColumn } from '../../../src/app/state/compare/comparison-column.ts';
import { makeDrafts } from '../../../src/app/state/compare/column-drafts.ts';
import { chooseView, compare } from '../../../src/app/state/compare/compare-acts.ts';
import { WayPicker } from '../../../src/app/state/prompt/way-picker.svelte.ts';
import { chooseStyle } from '../../../src/app/state/styles/style-choice.ts';
import { makeDoor } from '../door.ts';
import { addCaptioned, compareStyles, draftStyles, grid, openCompared, zeroShot } from './comparison-stage.ts';

const inTales = `${zeroShot} In tales at 1.`;
const inShort = `${zeroShot} In short at 1.`;

describe('a comparison', () => {
  it('has every picture in every style, written by the one queue; captions that are there are not written again', async () => {
    const { workspace, threads } = await openCompared();
    await addCaptioned(workspace, 3);
    expect(threads.calls.pictures).toBe(3);
    await compareStyles(workspace);
    expect(grid(workspace)).toEqual([1, 2, 3].map(() => [zeroShot, inTales, inShort]));
    expect(threads.calls.pictures).toBe(9);
    expect(workspace.library.cards.map(({ text }) => text)).toEqual([zeroShot, zeroShot, zeroShot]);
    expect(workspace.comparison.missingCount).toBe(0);
  });

  it('takes captions that a picture had in a style before', async () => {
    const { workspace, threads } = await openCompared();
    await addCaptioned(workspace, 2);
    workspace.gallery.selectAll();
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(workspace.library.cards.map(({ text }) => text)).toEqual([inTales, inTales]));
    await workspace.queue.settled();
    const before = threads.calls.pictures;
    compare(workspace, null);
    await workspace.comparison.add(await draftStyles(workspace));
    expect(grid(workspace)).toEqual([1, 2].map(() => [zeroShot, inTales, null]));
    expect(workspace.comparison.missingCount).toBe(2);
    expect(threads.calls.pictures).toBe(before);
  });

  it('takes no caption that was decoded otherwise', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    workspace.prompting.set('temperature', 0.7);
    compare(workspace, null);
    await workspace.comparison.add(await draftStyles(workspace));
    expect(grid(workspace)).toEqual([[null, null, null]]);
  });

  it('tells captions with other options apart, also among versions and those that are in use', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    compare(workspace, null);
    const { comparison, library, prompting } = workspace;
    await comparison.add(await draftStyles(workspace));
    prompting.set('temperature', 0.7);
    await comparison.add(await draftStyles(workspace));
    const [card = expect.fail('no card')] = library.cards;
    const zeroShots = comparison.columns.filter(({ recipe }) => recipe.style === undefined || recipe.style === null);
    expect(zeroShots.map(({ recipe }) => recipe.changes)).toEqual([{}, { temperature: 0.7 }]);
    expect(zeroShots.map((column) => comparison.captionOf(card, column)?.text ?? null)).toEqual([zeroShot, null]);
    const { author = expect.fail('no author') } = card;
    expect(zeroShots.map((column) => isOfColumn(author, column))).toEqual([true, false]);
    expect(zeroShots.map((column) => isOfColumn({ ...author, decoding: { temperature: 0.7 } } as typeof author, column))).toEqual([
      false,
      true,
    ]);
  });

  it('adds no column twice, and has prompts and strengths as columns of their own', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    compare(workspace, null);
    const { comparison } = workspace;
    await comparison.add(await draftStyles(workspace));
    await comparison.add(await draftStyles(workspace));
    expect(comparison.columns).toHaveLength(3);
    const ways = new WayPicker(workspace);
    ways.tickZeroShot();
    ways.togglePrompt('detail');
    ways.toggleStyle('tales');
    ways.toggleStrength('tales', 0.5);
    expect(ways.count).toBe(6); // two prompts × (none, 0.5, 1)
    await comparison.add((await makeDrafts(workspace, ways)) ?? []);
    expect(comparison.columns.map((column) => comparison.nameOf(column))).toEqual([
      { title: 'Zero-shot', subtitle: 'One sentence' },
      { title: 'Tales', subtitle: 'One sentence' },
      { title: 'Short', subtitle: 'One sentence' },
      { title: 'Tales × 0.5', subtitle: 'One sentence' },
      { title: 'Zero-shot', subtitle: 'Detail' },
      { title: 'Tales × 0.5', subtitle: 'Detail' },
      { title: 'Tales', subtitle: 'Detail' },
    ]);
  });

  it('is of the selection, or of what the gallery shows', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 3);
    const { comparison, gallery, library } = workspace;
    const [first, second] = library.cards;
    if (first === undefined || second === undefined) return expect.unreachable();
    gallery.select(second, 'one');
    chooseView(workspace, 'compare');
    expect(comparison.rows).toEqual([second]);
    expect(gallery.selectedIds.size).toBe(0);
    comparison.pick(null);
    gallery.words = 'name:0';
    expect(comparison.rows).toEqual([first]);
  });

  it('puts the caption that is used on the picture with who wrote it, as a step that can be undone', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 2);
    await compareStyles(workspace);
    const { comparison, library } = workspace;
    const [card] = library.cards;
    const [, tales] = comparison.columns;
    if (card === undefined || tales === undefined) return expect.unreachable();
    comparison.use('Caption chosen', [{ card, column: tales }]);
    expect(card.text).toBe(inTales);
    expect(card.author).toEqual({
      kind: 'model',
      model: 'llava-mini',
      style: 'Tales',
      worn: { id: 'tales', scale: 1 },
      prompt: tales.recipe.prompt,
    });
    expect(comparison.columns.map((column) => comparison.isInUse(card, column))).toEqual([false, true, false]);
    workspace.undo();
    expect(card.text).toBe(zeroShot);
    expect(comparison.columns.map((column) => comparison.isInUse(card, column))).toEqual([true, false, false]);
    chooseStyle(workspace, 'tales');
    expect(card.versions.some(({ text }) => text === inTales)).toBe(true);
  });

  it('keeps captions when it is stopped, and after a reload writes those that are missing', async () => {
    const door = makeDoor();
    const first = await openCompared({ door });
    await addCaptioned(first.workspace, 3);
    compare(first.workspace, null);
    await first.workspace.comparison.add(await draftStyles(first.workspace));
    door.letThrough(1);
    await first.workspace.comparison.write();
    expect(first.workspace.queue.total).toBe(6);
    await vi.waitFor(() => expect(first.workspace.queue.finished).toBe(1));
    const halting = first.workspace.queue.halt();
    door.open();
    await halting;
    expect(first.workspace.queue.left).toBe(5);
    await first.workspace.flush();

    const { workspace, threads } = await openCompared({}, first.stores);
    compare(workspace, null);
    await vi.waitFor(() => expect(workspace.comparison.isLoaded).toBe(true));
    expect(workspace.comparison.missingCount).toBe(5);
    expect(threads.calls.pictures).toBe(0);
    await workspace.comparison.write();
    await workspace.queue.settled();
    expect(grid(workspace)).toEqual([1, 2, 3].map(() => [zeroShot, inTales, inShort]));
    expect(threads.calls.pictures).toBe(5);
  });

  it('goes on by itself after a reload in the middle of writing', async () => {
    const door = makeDoor();
    const first = await openCompared({ door });
    await addCaptioned(first.workspace, 2);
    compare(first.workspace, null);
    await first.workspace.comparison.add(await draftStyles(first.workspace));
    door.letThrough(1);
    await first.workspace.comparison.write();
    await vi.waitFor(() => expect(first.workspace.queue.finished).toBe(1));
    await first.workspace.flush();
    const { workspace, threads } = await openCompared({}, first.stores);
    await vi.waitFor(() => expect(grid(workspace)).toEqual([1, 2].map(() => [zeroShot, inTales, inShort])));
    expect(threads.calls.pictures).toBe(3);
    const halting = first.workspace.queue.halt();
    door.open();
    await halting;
  });

  it('says in its cell what failed, and tries it again', async () => {
    const { workspace, threads } = await openCompared({ failAt: 4 });
    await addCaptioned(workspace, 2);
    await compareStyles(workspace);
    const { comparison } = workspace;
    const failed = comparison.columns.find((column) => comparison.countOf(column).failed > 0);
    if (failed === undefined) return expect.unreachable();
    expect(comparison.countOf(failed)).toEqual({ written: 1, failed: 1 });
    expect(workspace.gallery.counts.failed).toBe(0);
    await comparison.writeAgain(failed, 'failed');
    await workspace.queue.settled();
    expect(comparison.countOf(failed)).toEqual({ written: 2, failed: 0 });
    expect(threads.calls.pictures).toBe(7);
  });

  it('tells a prompt of each picture by itself', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 2);
    workspace.prompting.write('Say more than {caption} of {name} [[sic]]');
    compare(workspace, null);
    const asked: string[] = [];
    const caption = workspace.studio.caption.bind(workspace.studio);
    vi.spyOn(workspace.studio, 'caption').mockImplementation((job, onEvent) => {
      asked.push(...job.pictures.map(({ prompt }) => prompt.prompt));
      return caption(job, onEvent);
    });
    const [draft] = await draftStyles(workspace);
    if (draft === undefined) return expect.unreachable();
    await workspace.comparison.add([draft]);
    await workspace.comparison.write();
    await workspace.queue.settled();
    expect(asked).toEqual(['0', '1'].map((name) => `Say more than ${zeroShot} of ${name} [sic]`));
  });

  it('writes nothing for a column of another model or of a style that is gone, and says why', async () => {
    const { workspace, threads } = await openCompared();
    await addCaptioned(workspace, 1);
    compare(workspace, null);
    const { comparison, styles } = workspace;
    const [plain, tales] = await draftStyles(workspace);
    if (plain === undefined || tales === undefined) return expect.unreachable();
    await comparison.add([{ ...plain, model: { name: 'llava-large', sha256: '6'.repeat(64) } }, tales]);
    const [style] = styles.all;
    if (style !== undefined) await styles.remove(style);
    expect(comparison.columns.map((column) => comparison.troubleOf(column))).toEqual([
      'It needs llava-large: choose it in Models.',
      'Its style is not here any more.',
    ]);
    expect(comparison.missingCount).toBe(0);
    await comparison.write();
    await workspace.queue.settled();
    expect(threads.calls.pictures).toBe(1);
  });

  it('gives a column that was removed back with its captions', async () => {
    const { workspace, threads } = await openCompared();
    await addCaptioned(workspace, 1);
    await compareStyles(workspace);
    const { comparison } = workspace;
    const [, tales] = comparison.columns;
    if (tales === undefined) return expect.unreachable();
    comparison.remove(tales);
    expect(grid(workspace)).toEqual([[zeroShot, inShort]]);
    workspace.undo();
    expect(grid(workspace)).toEqual([[zeroShot, inTales, inShort]]);
    expect(threads.calls.pictures).toBe(3);
  });

  it('has a place in the address', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    compare(workspace, null);
    expect(workspace.hash).toBe('#/caption?view=compare');
    workspace.goTo('#/caption');
    expect(workspace.comparison.isOpen).toBe(false);
    workspace.goTo('#/caption?view=compare');
    expect(workspace.comparison.isOpen).toBe(true);
    expect(workspace.closeTopmost()).toBe(true);
    expect(workspace.hash).toBe('#/caption');
  });
});
