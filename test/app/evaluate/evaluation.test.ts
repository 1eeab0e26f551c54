/** @file The Evaluate room's state: what is compared, and the run. */
import { describe, expect, it } from 'vitest';
import { hasReferences, toGalleryReferences } from '../../../src/app/state/evaluate/gallery-system.ts';
import { baseNameOf, type Caption } from '../../../src/core/dataset/item.ts';
import { memory, open, openAtOnce, references, system, thread } from './evaluation-stage.ts';

describe('Evaluation', () => {
  it('keeps both of two files that are read at the same time', async () => {
    const { evaluation } = await open();
    await Promise.all([evaluation.addFiles([system()]), evaluation.addFiles([references()])]);
    expect([evaluation.inputs.systems.length, evaluation.inputs.references.length]).toEqual([1, 1]);
  });

  it('takes files with several captions of a picture for references, gives names once, and swaps roles on request', async () => {
    const { evaluation } = await open();
    await evaluation.addFiles([system(), references(), system()]);
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a', 'a 2']);
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['r']);
    expect(evaluation.inputs.baselineId).toBe(evaluation.inputs.systems[0]?.id);
    evaluation.swapRole(evaluation.inputs.systems[0]?.id ?? '');
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a 2']);
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['r', 'a']);
    expect(evaluation.inputs.baselineId).toBe(evaluation.inputs.systems[0]?.id);
  });

  it('keeps two sets of references at most and says so', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([references(), references(), references()]);
    expect(evaluation.inputs.references).toHaveLength(2);
    expect(notices.toasts.at(-1)?.title).toMatch(/Two sets/);
  });

  it('brings inputs and numbers back, and tells when inputs changed since', async () => {
    const records = memory();
    const first = await open(records);
    await first.evaluation.addFiles([system(), references()]);
    await first.evaluation.run();
    const { evaluation } = await open(records);
    expect(evaluation.outcome?.inputs.systems[0]?.records).toEqual([{ file: '1.jpg', captions: ['one'] }]);
    expect(evaluation.outcome?.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(evaluation.isStale).toBe(false);
    evaluation.rename(evaluation.inputs.systems[0]?.id ?? '', 'Mine');
    expect(evaluation.outcome?.inputs.systems[0]?.name).toBe('Mine');
    expect(evaluation.isStale).toBe(false);
    evaluation.toggle('METEOR');
    expect(evaluation.isStale).toBe(true);
    evaluation.toggle('METEOR');
    expect(evaluation.isStale).toBe(false);
  });

  it('adds what comes in while it is still reading to what was kept', async () => {
    const drawers = memory();
    await (await open(drawers)).evaluation.addFiles([system()]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const evaluations = { ...drawers.evaluations, loadAll: () => held.then(() => drawers.evaluations.loadAll()) };
    const read = await thread().readFile({ name: 'r.json', file: references() }, new AbortController().signal, () => undefined);
    const { evaluation } = await openAtOnce({ ...drawers, evaluations }, { ...thread(), readFile: () => Promise.resolve(read) });
    const adding = evaluation.addFiles([references()]);
    await new Promise((resolve) => setTimeout(resolve)); // what is read already would be in the room by now, were it not to wait
    release();
    await adding;
    expect([evaluation.inputs.systems.length, evaluation.inputs.references.length]).toEqual([1, 1]);
  });

  it('stops without an error and keeps earlier numbers', async () => {
    const records = memory();
    const first = await open(records);
    await first.evaluation.addFiles([system(), references()]);
    await first.evaluation.run();
    const { evaluation, notices } = await open(records, thread(true));
    const run = evaluation.run();
    expect(evaluation.progress).toBeDefined();
    expect(evaluation.canRun).toBe(false);
    evaluation.stop();
    await run;
    expect(evaluation.progress).toBeUndefined();
    expect(evaluation.outcome).toBeDefined();
    expect(notices.toasts).toEqual([]);
  });

  it('empties the room with a way back', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([system(), references()]);
    await evaluation.run();
    evaluation.clear();
    expect(evaluation.isEmpty).toBe(true);
    notices.toasts.at(-1)?.acts[0]?.run();
    expect(evaluation.inputs.systems).toHaveLength(1);
    expect(evaluation.outcome).toBeDefined();
  });

  it('tells of a broken file by its name', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([new File(['nothing of the kind'], 'odd.json')]);
    expect(notices.toasts.at(-1)?.detail).toMatch(/odd\.json/);
    expect(evaluation.isEmpty).toBe(true);
  });

  it('takes a removal back', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([system(), references()]);
    const before = evaluation.inputs;
    evaluation.remove(before.systems[0]?.id ?? '');
    expect(evaluation.inputs.systems).toEqual([]);
    notices.toasts.at(-1)?.acts[0]?.run();
    expect(evaluation.inputs).toEqual(before);
  });
});

describe('toGalleryReferences', () => {
  const from = (text: string, kind: 'file' | 'person'): Caption => ({ text, author: kind === 'file' ? { kind, file: 'a.txt' } : { kind } });

  const placed = (id: string, path: string) => ({
    id,
    name: baseNameOf(path),
    place: { path, split: null, sourceId: null, metadata: {}, folderId: null },
  });

  it('takes the captions that came with the pictures, those that were written over among them, and no others', async () => {
    const cards = [
      {
        ...placed('1', 'day 1/a.jpg'),
        content: { captions: [from('mine', 'person'), from('one', 'file')], tags: [] },
        versions: [{ ...from('two', 'file'), atMs: 1 }],
      },
      { ...placed('2', 'day 1/b.jpg'), content: { captions: [from('mine', 'person')], tags: [] }, versions: [] },
      { ...placed('3', 'day 2/a.jpg'), content: { captions: [from('three', 'file')], tags: [] }, versions: [] },
    ];
    expect(JSON.parse((await toGalleryReferences(cards)?.text()) ?? '')).toEqual({
      'day 1/a.jpg': ['one', 'two'],
      'day 2/a.jpg': ['three'],
    });
    const without = cards.slice(1, 2);
    expect([hasReferences(cards), hasReferences(without), toGalleryReferences(without)]).toEqual([true, false, undefined]);
  });
});
