/** @file Two tabs that compare at the same time lose neither's files, and what is kept is written once. */
import { describe, expect, it } from 'vitest';
import type { EvaluationRecord } from '../../../src/app/state/evaluate/evaluation-record.ts';
import type { RecordStore } from '../../../src/storage/records.ts';
import { memory, open, references, system, type Drawers } from './evaluation-stage.ts';

const namesOf = (sources: readonly { readonly name: string }[]): readonly string[] => sources.map(({ name }) => name);

/** What lies in the drawer, for the next tab to see: systems, then references. */
async function namesKept({ evaluations }: Drawers): Promise<readonly (readonly string[])[]> {
  const record = await evaluations.load('inputs');
  return record?.kind === 'inputs' ? [namesOf(record.inputs.systems), namesOf(record.inputs.references)] : [];
}

describe('two tabs in the Evaluate room', () => {
  it('keep what both put in, and say so', async () => {
    const drawers = memory();
    const first = await open(drawers);
    const second = await open(drawers);
    await first.evaluation.addFiles([system('a.json'), references('r.json')]);
    await expect.poll(() => namesKept(drawers)).toEqual([['a'], ['r']]);
    await second.evaluation.addFiles([system('b.json')]);
    await expect.poll(() => namesOf(second.evaluation.inputs.systems)).toEqual(['b', 'a']);
    expect(namesOf(second.evaluation.inputs.references)).toEqual(['r']);
    expect(second.evaluation.inputs.systems.map(({ records }) => records.length)).toEqual([1, 1]);
    expect(second.notices.toasts.map(({ title }) => title)).toEqual(['Another tab added a, r']);
    first.evaluation.toggle('METEOR');
    await expect.poll(() => namesOf(first.evaluation.inputs.systems)).toEqual(['a', 'b']);
    expect(first.evaluation.inputs.metrics).toContain('METEOR');
    const third = await open(drawers);
    expect(namesOf(third.evaluation.inputs.systems)).toEqual(['a', 'b']);
    expect(third.evaluation.inputs.systems.map(({ records }) => records[0]?.captions)).toEqual([['one'], ['one']]);
  });

  it('say which references have no place, since two sets are compared at most', async () => {
    const drawers = memory();
    const first = await open(drawers);
    const second = await open(drawers);
    await first.evaluation.addFiles([references('r.json'), references('s.json')]);
    await expect.poll(() => namesKept(drawers)).toEqual([[], ['r', 's']]);
    await second.evaluation.addFiles([references('t.json')]);
    await expect.poll(() => namesOf(second.evaluation.inputs.references)).toEqual(['t', 'r']);
    expect(second.notices.toasts.at(-1)?.title).toBe('References of another tab have no place: s');
  });

  it('undo neither a renaming nor a removal of the other by a change of something else', async () => {
    const drawers = memory();
    const first = await open(drawers);
    await first.evaluation.addFiles([system('a.json'), system('b.json'), references('r.json')]);
    await expect.poll(() => namesKept(drawers)).toEqual([['a', 'b'], ['r']]);
    const second = await open(drawers);
    const [a, b] = first.evaluation.inputs.systems;
    first.evaluation.rename(a?.id ?? '', 'mine');
    first.evaluation.remove(b?.id ?? '');
    await expect.poll(() => namesKept(drawers)).toEqual([['mine'], ['r']]);
    second.evaluation.toggle('METEOR');
    await expect.poll(() => namesOf(second.evaluation.inputs.systems)).toEqual(['mine']);
    expect(second.evaluation.inputs.systems[0]?.records).toHaveLength(1);
    expect(namesOf((await open(drawers)).evaluation.inputs.systems)).toEqual(['mine']);
  });

  it('does not bring back what was removed here', async () => {
    const drawers = memory();
    const { evaluation } = await open(drawers);
    await evaluation.addFiles([system('a.json'), system('b.json')]);
    await expect.poll(() => namesKept(drawers)).toEqual([['a', 'b'], []]);
    const other = await open(drawers);
    evaluation.remove(evaluation.inputs.systems[0]?.id ?? '');
    await expect.poll(() => namesKept(drawers)).toEqual([['b'], []]);
    expect(namesOf(evaluation.inputs.systems)).toEqual(['b']);
    expect(other.evaluation.inputs.systems).toHaveLength(2);
  });
});

describe('what is kept of the Evaluate room', () => {
  it('is written once, however often something else changes', async () => {
    const drawers = memory();
    const written: string[] = [];
    const { evaluations } = drawers;
    const watched: RecordStore<EvaluationRecord> = {
      ...evaluations,
      saveMany: (records) => {
        for (const [, record] of records) written.push(record.kind);
        return evaluations.saveMany(records);
      },
    };
    const { evaluation } = await open({ ...drawers, evaluations: watched });
    await evaluation.addFiles([system(), references()]);
    evaluation.toggle('METEOR');
    evaluation.rename(evaluation.inputs.systems[0]?.id ?? '', 'Mine');
    await evaluation.run();
    await expect.poll(() => evaluations.load('outcome')).toBeDefined();
    expect(written).toEqual(['captions', 'captions']);
    const again = await open(drawers);
    expect(again.evaluation.outcome?.inputs.references[0]?.records).toEqual([{ file: '1.jpg', captions: ['one', 'two'] }]);
  });

  it('is read as earlier versions wrote it, captions within', async () => {
    const drawers = memory();
    const { evaluation } = await open(drawers);
    await evaluation.addFiles([system()]);
    await expect.poll(() => namesKept(drawers)).toEqual([['a'], []]);
    const { inputs } = evaluation;
    await drawers.evaluations.clear();
    await drawers.evaluations.save('inputs', { kind: 'inputs', inputs });
    const again = await open(drawers);
    expect(again.evaluation.inputs.systems).toEqual(inputs.systems);
    again.evaluation.toggle('METEOR');
    await expect.poll(async () => (await drawers.evaluations.ids()).length).toBe(2);
    expect((await open(drawers)).evaluation.inputs.systems).toEqual(inputs.systems);
  });
});
