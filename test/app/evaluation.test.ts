/** @file The Evaluate room's state over a scoring thread that a test can hold up. */
import { describe, expect, it } from 'vitest';
import type { EvaluateResult, ReadFile } from '../../workers/scores-api.ts';
import { parseCaptionFile } from '../../src/core/dataset/caption-file.ts';
import { StudioError } from '../../src/core/error.ts';
import type { Scores } from '../../src/app/scores.ts';
import { Evaluation } from '../../src/app/state/evaluation.svelte.ts';
import type { EvaluationRecord } from '../../src/app/state/evaluation-record.ts';
import { Notices } from '../../src/app/state/notices.svelte.ts';
import type { RecordStore } from '../../src/storage/records.ts';

const result: EvaluateResult = { sets: [], elapsedMs: 1 };

function memory(): RecordStore<EvaluationRecord> {
  const records = new Map<string, EvaluationRecord>();
  return {
    loadAll: () => Promise.resolve([...records.values()]),
    ids: () => Promise.resolve([...records.keys()]),
    load: (id) => Promise.resolve(records.get(id)),
    save: (id, record) => Promise.resolve(void records.set(id, structuredClone(record))),
    saveMany: (pairs) => Promise.resolve(pairs.forEach(([id, record]) => records.set(id, record))),
    remove: (ids) => Promise.resolve(ids.forEach((id) => records.delete(id))),
    clear: () => Promise.resolve(records.clear()),
  };
}

/** Reads files in place; a run waits until it is stopped where `holds` is set. */
function thread(holds = false): Scores {
  return {
    readFile: async ({ name, file }): Promise<ReadFile> => ({
      kind: 'captions',
      name,
      sha256: '00',
      ...parseCaptionFile(name, await file.text()),
    }),
    explain: () => Promise.resolve([]),
    evaluate: (_, stop) =>
      holds
        ? new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new StudioError('cancelled', 'stopped'))))
        : Promise.resolve(result),
  };
}

async function open(records = memory(), holds = false): Promise<{ evaluation: Evaluation; notices: Notices }> {
  const notices = new Notices();
  const evaluation = new Evaluation({ openScores: () => thread(holds), records, notices });
  await expect.poll(() => evaluation.isLoaded).toBe(true);
  return { evaluation, notices };
}

const system = (name = 'a.json'): File => new File(['{"1.jpg": ["one"]}'], name);
const references = (name = 'r.json'): File => new File(['{"1.jpg": ["one", "two"]}'], name);

describe('Evaluation', () => {
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

  it('stops without an error and keeps earlier numbers', async () => {
    const records = memory();
    const first = await open(records);
    await first.evaluation.addFiles([system(), references()]);
    await first.evaluation.run();
    const { evaluation, notices } = await open(records, true);
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
});
