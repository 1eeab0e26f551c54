/** @file What is taken out of the Evaluate room, renamed or refused: nothing is lost by it, and nothing goes on that was emptied away. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toFiles } from '../../../src/app/state/evaluate/evaluation-table.ts';
import type { Notices } from '../../../src/app/state/notices.svelte.ts';
import { openPictureFiles } from '../../../src/storage/picture-files.ts';
import { makeDoor, type Door } from '../door.ts';
import { many, memory, open, picture, plan, references, system, thread, type Drawers, type Opened } from './evaluation-stage.ts';

afterEach(() => void vi.useRealTimers());

function act(notices: Notices, title: string, label: string): void {
  const notice = notices.toasts.find((toast) => toast.title === title);
  const found = notice?.acts.find((one) => one.label === label);
  if (notice === undefined || found === undefined) return expect.unreachable(`no ${label} for ${title}`);
  notices.close(notice.id);
  found.run();
}

/** Two systems in the room, of which the first has written its first caption and is held at its second. */
async function openHalfway(): Promise<Opened & { readonly door: Door; readonly run: Promise<void> }> {
  const door = makeDoor(1);
  const opened = await open(memory(), thread(), { door, words: 'One two three.' });
  const { evaluation } = opened;
  const again = { ...plan, recipe: { ...plan.recipe, prompt: 'Again.' } };
  evaluation.addPlans([
    { plan, name: 'Mine' },
    { plan: again, name: 'Again' },
  ]);
  await evaluation.addFiles([many, ...(await Promise.all(['a.png', 'b.png', 'c.png'].map(picture)))]);
  const run = evaluation.run();
  await expect.poll(() => door.begun).toEqual(['a.png', 'b.png']);
  return { ...opened, door, run };
}

/** Drawers whose copies of pictures are real files, alone or among other tests'. */
function drawersWithFiles(name: string): Drawers {
  const drawers = memory();
  return { ...drawers, stores: { ...drawers.stores, files: openPictureFiles(name) } };
}

/** How many captions each system has. */
const countsOf = ({ evaluation }: Opened, inputs = evaluation.inputs): unknown =>
  inputs.systems.map(({ name, records }) => [name, records.length]);

describe('what is taken out', () => {
  it('comes back to its place, beside what was added since', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([system('a.json'), system('b.json'), references()]);
    evaluation.remove(evaluation.inputs.systems[0]?.id ?? '');
    await evaluation.addFiles([system('c.json')]);
    act(notices, 'a removed', 'Undo');
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    evaluation.clear();
    await evaluation.addFiles([system('d.json')]);
    act(notices, 'The room is empty', 'Undo');
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['r']);
  });

  it('waits where two other sets of references have its place by now', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([references('a.json'), references('b.json')]);
    evaluation.remove(evaluation.inputs.references[0]?.id ?? '');
    await evaluation.addFiles([references('c.json')]);
    act(notices, 'a removed', 'Undo');
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['b', 'c']);
    evaluation.remove(evaluation.inputs.references[1]?.id ?? '');
    act(notices, 'There is no place for a', 'Undo');
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('is there again where it was pictures, but for those that were added anew', async () => {
    const drawers = memory();
    const { evaluation, notices } = await open(drawers);
    await evaluation.addFiles([many, await picture('a.png'), await picture('b.png')]);
    await evaluation.removePictures();
    expect([evaluation.pictures.count, evaluation.writing.pictureCounts.here]).toEqual([0, 0]);
    expect(notices.toasts.at(-1)?.text).toBe('a.png, b.png');
    await evaluation.addFiles([await picture('b.png')]);
    act(notices, '2 pictures removed', 'Undo');
    expect(evaluation.pictures.added.map(({ name }) => name)).toEqual(['a.png', 'b.png']);
    expect(evaluation.writing.pictureCounts.here).toBe(2);
    const again = await open(drawers);
    expect(again.evaluation.pictures.count).toBe(2);
  });

  it('is not captioned any further, and what is left is scored', async () => {
    const { evaluation, door, run } = await openHalfway();
    evaluation.remove(evaluation.inputs.systems[1]?.id ?? '');
    door.open();
    await run;
    expect(door.begun).toEqual(['a.png', 'b.png', 'c.png']);
    expect(evaluation.outcome?.inputs.systems.map(({ name }) => name)).toEqual(['Mine']);
  });

  it('is captioned to its end where it comes back while others are, before anything is scored', async () => {
    const opened = await openHalfway();
    const { evaluation, notices, door, run } = opened;
    evaluation.remove(evaluation.inputs.systems[1]?.id ?? '');
    act(notices, 'Again removed', 'Undo');
    door.open();
    await run;
    expect(door.begun).toEqual(['a.png', 'b.png', 'c.png', 'a.png', 'b.png', 'c.png']);
    expect(countsOf(opened, evaluation.outcome?.inputs)).toEqual([
      ['Mine', 3],
      ['Again', 3],
    ]);
    expect(evaluation.isStale).toBe(false);
  });

  it('has the captions that were written before it was removed when it comes back after the run', async () => {
    const opened = await openHalfway();
    const { evaluation, notices, door, run } = opened;
    evaluation.remove(evaluation.inputs.systems[0]?.id ?? '');
    door.open();
    await run;
    expect(countsOf(opened)).toEqual([['Again', 3]]);
    act(notices, 'Mine removed', 'Undo');
    await expect.poll(() => evaluation.inputs.systems.map(({ records }) => records.length)).toEqual([1, 3]);
    expect(evaluation.writing.wantedCount).toBe(2);
  });

  it('has the captions that were written before the room was emptied', async () => {
    const opened = await openHalfway();
    const { evaluation, notices, door, run } = opened;
    evaluation.clear();
    door.open();
    await run;
    act(notices, 'The room is empty', 'Undo');
    await expect
      .poll(() => countsOf(opened))
      .toEqual([
        ['Mine', 1],
        ['Again', 0],
      ]);
  });

  it('can be opened again where it was pictures, however long the way back was held open', async () => {
    const { evaluation, notices } = await open(drawersWithFiles('way-back-held'));
    await evaluation.addFiles([await picture('a.png')]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await evaluation.removePictures();
    notices.hold(notices.toasts.at(-1)?.id ?? 0);
    vi.advanceTimersByTime(600_000);
    vi.useRealTimers();
    act(notices, '1 picture removed', 'Undo');
    await expect.poll(() => evaluation.pictures.count).toBe(1);
    expect((await evaluation.pictures.find({ file: 'a.png' })?.open())?.size).toBeGreaterThan(0);
  });

  it('is told to be missing where it was pictures that another tab tidied up meanwhile', async () => {
    const drawers = drawersWithFiles('way-back-tidied');
    const { evaluation, notices } = await open(drawers);
    await evaluation.addFiles([await picture('a.png'), await picture('b.png')]);
    await evaluation.removePictures();
    await open(drawers); // the other tab
    act(notices, '2 pictures removed', 'Undo');
    await expect.poll(() => notices.toasts.at(-1)?.title).toBe('A file is missing');
    expect(notices.toasts.at(-1)?.detail).toBe('a.png, b.png: no longer kept here; add them again');
    expect(evaluation.pictures.count).toBe(0);
    expect(await drawers.pictures.ids()).toEqual([]);
  });

  it('ends the run with it where it is everything, and no numbers come into the empty room', async () => {
    const { evaluation, notices } = await open(memory(), thread(true));
    await evaluation.addFiles([system(), references()]);
    const run = evaluation.run();
    evaluation.clear();
    await run;
    expect([evaluation.progress, evaluation.outcome, evaluation.isEmpty]).toEqual([undefined, undefined, true]);
    act(notices, 'The room is empty', 'Undo');
    expect(evaluation.canRun).toBe(true);
  });

  it('comes back where a run file took its place', async () => {
    const drawers = memory();
    const { evaluation, notices } = await open(drawers);
    await evaluation.addFiles([system(), references()]);
    await evaluation.run();
    if (evaluation.outcome === undefined) return expect.unreachable();
    const [file] = toFiles(evaluation.outcome, 'run');
    await evaluation.addFiles([new File(['{"1.jpg": ["another"]}'], 'other.json')]);
    await evaluation.addFiles([new File([file?.text ?? ''], 'run.json')]);
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a']);
    act(notices, 'run.json set the room up anew', 'Undo');
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a', 'other']);
    expect(evaluation.inputs.repetition).toBeNull();
  });
});

describe('what is refused', () => {
  it('stays a system where two sets of references are there already', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([system(), references('b.json'), references('c.json')]);
    const before = evaluation.inputs;
    evaluation.swapRole(before.systems[0]?.id ?? '');
    expect(evaluation.inputs).toEqual(before);
    expect(notices.toasts.at(-1)?.title).toMatch(/Two sets/u);
  });

  it('is told in one notice where it is many files, each with its reason', async () => {
    const { evaluation, notices } = await open();
    const odd = ['', 'nothing', '{"a": 1', '[1]', 'a,b\n1,2'].map((text, at) => new File([text], `odd ${String(at)}.json`));
    await evaluation.addFiles([...odd, system()]);
    expect(evaluation.inputs.systems).toHaveLength(1);
    expect(notices.toasts.map(({ title }) => title)).toEqual(['5 files could not be taken']);
    const reasons = notices.toasts[0]?.detail.split('\n') ?? [];
    expect(reasons.map((reason) => reason.slice(0, 5))).toEqual(['odd 0', 'odd 1', 'odd 2', 'odd 3', 'odd 4']);
  });
});

describe('a name', () => {
  it('stays where it is emptied, and is numbered where another system has it', async () => {
    const { evaluation } = await open();
    await evaluation.addFiles([system('a.json'), system('b.json')]);
    const [a, b] = evaluation.inputs.systems.map(({ id }) => id);
    expect(evaluation.rename(a ?? '', '  ')).toBe('a');
    expect(evaluation.rename(b ?? '', ' a ')).toBe('a 2');
    expect(evaluation.rename(b ?? '', 'a 2')).toBe('a 2');
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a', 'a 2']);
  });
});

describe('the list of pictures', () => {
  it('is as it was left until there are other numbers', async () => {
    const { evaluation } = await open();
    await evaluation.addFiles([system(), references()]);
    await evaluation.run();
    const { choice } = evaluation;
    choice.show({ referencesId: 'r', systemId: 'a', score: 'Bleu_1', file: '1.jpg' });
    choice.turn('best');
    choice.more();
    evaluation.rename(evaluation.inputs.systems[0]?.id ?? '', 'Mine');
    expect([choice.order, choice.count, choice.place.score, [...choice.opened]]).toEqual(['best', 24, 'Bleu_1', ['1.jpg']]);
    await evaluation.run();
    expect([choice.order, choice.count, choice.place, choice.opened.size]).toEqual(['worst', 12, {}, 0]);
  });
});
