/** @file Systems that the Evaluate room captions itself, and runs that are repeated. */
import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import type { Scores } from '../../../src/app/scores.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { planName, toPlan, toPlanOf } from '../../../src/app/state/evaluate/evaluation-plan.ts';
import type { Recipe } from '../../../src/app/state/queue/recipe.ts';
import { toFiles } from '../../../src/app/state/evaluate/evaluation-table.ts';
import { many, memory, open, picture, plan, references, system, thread, watched, type Drawers } from './evaluation-stage.ts';
import { makeDoor } from '../door.ts';
import { software } from '../fake-threads.ts';

describe('a system that is captioned in the room', () => {
  it('has the pictures captioned that are here, then is scored with its captions and how they were made', async () => {
    const { scores, requests } = watched();
    const { evaluation } = await open(memory(), scores, { words: 'A small cat.' });
    evaluation.addPlans([{ plan, name: planName(plan) }]);
    await evaluation.addFiles([many, await picture('a.png'), await picture('c.png'), await picture('other.png')]);
    expect(evaluation.writing.pictureCounts).toEqual({ named: 3, here: 2 });
    expect(evaluation.writing.wantedCount).toBe(2);
    await evaluation.run();
    const [planned] = evaluation.inputs.systems;
    expect(planned).toMatchObject({ name: 'llava-mini, One sentence', records: [{ file: 'a.png' }, { file: 'c.png' }] });
    expect(planned?.sha256).toMatch(/^[0-9a-f]{64}$/u);
    expect(planned?.madeWith).toEqual([
      `Model: llava-mini, SHA-256 ${'5'.repeat(64)}`,
      'Prompt: Caption it.',
      'Decoding: the model’s own',
      'The whole text: USER: <image>\nCaption it. ASSISTANT:',
    ]);
    expect(requests[0]?.systems[0]?.records).toEqual([
      { file: 'a.png', captions: ['A small cat.'] },
      { file: 'c.png', captions: ['A small cat.'] },
    ]);
    expect(evaluation.writing.wantedCount).toBe(0);
    expect(evaluation.isStale).toBe(false);
  });

  it('rests while the Caption room writes, tells so, and goes on by itself; or is stopped while it rests', async () => {
    const door = makeDoor(1);
    const { evaluation, workspace } = await open(memory(), thread(), { door, words: 'One two three.' });
    evaluation.addPlans([{ plan, name: 'Mine' }]);
    await evaluation.addFiles([many, ...(await Promise.all(['a.png', 'b.png', 'c.png'].map(picture)))]);
    const { id } = evaluation.inputs.systems[0] ?? { id: '' };
    const { turn } = evaluation.captions.queue;
    const run = evaluation.run();
    await expect.poll(() => door.begun).toEqual(['a.png', 'b.png']);
    expect(evaluation.writing.stateOf(id).done).toBe(1);
    takeIn(workspace, readFiles(await Promise.all(['x.png', 'y.png'].map(picture))));
    door.letThrough(1); // what is being written is finished first
    await expect.poll(() => turn.isResting).toBe(true);
    await expect.poll(() => door.begun).toEqual(['a.png', 'b.png', 'x.png']);
    expect([evaluation.writing.stateOf(id).done, workspace.gallery.counts.done]).toEqual([2, 0]);
    door.open();
    await run;
    expect(door.begun).toEqual(['a.png', 'b.png', 'x.png', 'y.png', 'c.png']);
    expect([turn.isResting, evaluation.writing.stateOf(id).done, workspace.gallery.counts.done]).toEqual([false, 3, 2]);

    door.letThrough(0);
    evaluation.addPlans([{ plan: { ...plan, recipe: { ...plan.recipe, prompt: 'Again.' } }, name: 'Again' }]);
    workspace.captionAgain(workspace.library.cards);
    const second = evaluation.run();
    await expect.poll(() => turn.isResting).toBe(true);
    evaluation.stop();
    await second;
    expect([turn.isResting, evaluation.progress, evaluation.writing.wantedCount]).toEqual([false, undefined, 3]);
    door.open();
    await workspace.queue.settled();
    expect(door.begun.slice(5)).toEqual(['x.png', 'y.png']);
    expect(workspace.gallery.counts.done).toBe(2);
  });

  it('keeps captions when it is stopped, and goes on after a reload with those that are missing', async () => {
    const drawers = memory();
    const door = makeDoor(1);
    const first = await open(drawers, thread(), { door, words: 'First words of it.' });
    first.evaluation.addPlans([{ plan, name: 'Mine' }]);
    await first.evaluation.addFiles([many, ...(await Promise.all(['a.png', 'b.png', 'c.png'].map(picture)))]);
    const run = first.evaluation.run();
    const { id } = first.evaluation.inputs.systems[0] ?? { id: '' };
    await expect.poll(() => door.begun).toEqual(['a.png', 'b.png']);
    expect(first.evaluation.progress?.stage).toBe('captions-written');
    first.evaluation.stop();
    door.open();
    await run;
    expect(first.evaluation.progress).toBeUndefined();
    expect(first.evaluation.outcome).toBeUndefined();
    expect(first.evaluation.writing.stateOf(id).done).toBe(1);

    const { scores, requests } = watched();
    const { evaluation } = await open(drawers, scores, { words: 'Later.' });
    expect(evaluation.writing.stateOf(id)).toEqual({ done: 1, failed: 0, open: 2 });
    await evaluation.run();
    const texts = requests[0]?.systems[0]?.records.map(({ captions }) => captions[0]);
    expect(texts).toEqual(['First words of it.', 'Later.', 'Later.']);
  });

  it('names what failed, scores the others, and tries it again on request', async () => {
    const { scores, requests } = watched();
    const { evaluation, threads } = await open(memory(), scores, { failAt: 2 });
    evaluation.addPlans([{ plan, name: 'Mine' }]);
    await evaluation.addFiles([many, ...(await Promise.all(['a.png', 'b.png', 'c.png'].map(picture)))]);
    await evaluation.run();
    const { id } = evaluation.inputs.systems[0] ?? { id: '' };
    expect(evaluation.writing.stateOf(id)).toEqual({ done: 2, failed: 1, open: 0 });
    expect(requests[0]?.systems[0]?.records).toHaveLength(2);
    await evaluation.retry(id);
    expect(evaluation.writing.stateOf(id)).toEqual({ done: 3, failed: 0, open: 0 });
    expect(threads.calls.pictures).toBe(4);
    expect(requests[1]?.systems[0]?.records).toHaveLength(3);
  });

  it('is written in its style, tells of it, and takes nothing else of what is chosen elsewhere', async () => {
    const { evaluation, worn } = await open();
    const short = { id: 'abc123', name: 'Short', scale: 0.5 };
    const chosenElsewhere: Recipe = { ...plan.recipe, existing: 'append' };
    const plans = [null, short].map((style) => toPlan(plan.model, { ...chosenElsewhere, style }));
    evaluation.addPlans(plans.map((one) => ({ plan: one, name: planName(one) })));
    await evaluation.addFiles([many, await picture('a.png')]);
    await evaluation.run();
    expect(worn).toEqual([null, short]);
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual([
      'llava-mini, One sentence',
      'llava-mini, Short × 0.5, One sentence',
    ]);
    expect(evaluation.inputs.systems[1]?.madeWith[1]).toBe('Style: Short at 0.5, SHA-256 abc123');
    const conditions = evaluation.inputs.systems[1]?.conditions;
    expect(conditions && toPlanOf(conditions, 'Again').recipe).toEqual({ ...plan.recipe, label: 'Again', style: short });
  });

  it('is not captioned by another model than it is planned with', async () => {
    const { evaluation, notices, threads } = await open();
    evaluation.addPlans([{ plan: { ...plan, model: { name: 'other', sha256: '6'.repeat(64) } }, name: 'Mine' }]);
    await evaluation.addFiles([many, await picture('a.png')]);
    await evaluation.run();
    expect(threads.calls.pictures).toBe(0);
    expect(notices.toasts.at(-1)).toMatchObject({ title: 'Mine needs another model' });
    expect(notices.toasts.at(-1)?.text).toContain('other (SHA-256 666666666666…)');
  });

  it('waits for the choice where to compute', async () => {
    const { evaluation, threads } = await open(memory(), thread(), { webgpu: software });
    evaluation.addPlans([{ plan, name: 'Mine' }]);
    await evaluation.addFiles([many, await picture('a.png')]);
    await evaluation.run();
    expect([threads.calls.pictures, evaluation.progress, evaluation.outcome]).toEqual([0, undefined, undefined]);
  });
});

describe('a run file', () => {
  async function scored(): Promise<{ run: File; drawers: Drawers }> {
    const drawers = memory();
    const { evaluation } = await open(drawers, rowed(0.5));
    await evaluation.addFiles([system(), references()]);
    await evaluation.run();
    if (evaluation.outcome === undefined) return expect.unreachable();
    const [file] = toFiles(evaluation.outcome, 'run');
    return { run: new File([file?.text ?? ''], 'evaluation.json'), drawers };
  }

  /** One score, the same for all systems. */
  function rowed(value: number): Scores {
    const evaluate: Scores['evaluate'] = ({ systems, references: sets }) => {
      const row = { name: 'CIDEr', value, low: null, high: null, p: null };
      const scoredSystems = systems.map(({ id }) => ({ id, captions: [], rows: [row] }));
      return Promise.resolve({
        elapsedMs: 1,
        sets: sets.map(({ id }) => ({ referencesId: id, files: [], leftOut: 0, uncaptioned: 0, systems: scoredSystems })),
      });
    };
    return { ...thread(), evaluate };
  }

  it('asks for the files that are not here, takes them by their bytes, and says that all scores came out the same', async () => {
    const { run } = await scored();
    const { evaluation } = await open(memory(), rowed(0.5));
    await evaluation.addFiles([run]);
    expect(evaluation.inputs.repetition?.missing.map(({ fileName, role }) => [fileName, role])).toEqual([
      ['a.json', 'system'],
      ['r.json', 'references'],
    ]);
    await evaluation.addFiles([references('renamed.json'), system('also-renamed.json')]);
    expect(evaluation.inputs.repetition).toMatchObject({ missing: [], differences: [] });
    expect(evaluation.inputs.systems.map(({ name }) => name)).toEqual(['a']);
    expect(evaluation.inputs.references.map(({ name }) => name)).toEqual(['r']);
    await evaluation.run();
    expect(evaluation.repetitionOutcome).toEqual({ equal: 1, different: [] });
  });

  it('takes a file of the same name with other bytes, and says that it differs and what came out otherwise', async () => {
    const { run } = await scored();
    const { evaluation } = await open(memory(), rowed(0.25));
    await evaluation.addFiles([run, references(), new File(['{"1.jpg": ["two"]}'], 'a.json')]);
    expect(evaluation.inputs.repetition?.missing).toEqual([]);
    expect(evaluation.inputs.repetition?.differences).toEqual([
      expect.stringMatching(/^a\.json is not the file of the run: its bytes differ/u),
    ]);
    await evaluation.run();
    expect(evaluation.repetitionOutcome).toEqual({ equal: 0, different: ['CIDEr of a on r: 0.2500, was 0.5000'] });
  });

  it('finds the files that are in the room already', async () => {
    const { run, drawers } = await scored();
    const { evaluation } = await open(drawers, rowed(0.5));
    evaluation.toggle('METEOR');
    await evaluation.addFiles([run]);
    expect(evaluation.inputs.repetition?.missing).toEqual([]);
    expect(evaluation.inputs.metrics).not.toContain('METEOR');
    expect(evaluation.inputs.systems).toHaveLength(1);
  });

  it('sets up systems anew that the room had captioned, with their prompt and the hash of their model', async () => {
    const drawers = memory();
    const { evaluation } = await open(drawers, rowed(0.5));
    evaluation.addPlans([{ plan, name: 'Mine' }]);
    await evaluation.addFiles([many, await picture('a.png')]);
    await evaluation.run();
    if (evaluation.outcome === undefined) return expect.unreachable();
    const [file] = toFiles(evaluation.outcome, 'run');
    const again = await open(memory(), rowed(0.5));
    await again.evaluation.addFiles([many, new File([file?.text ?? ''], 'evaluation.json'), await picture('a.png')]);
    expect(again.evaluation.inputs.systems[0]).toMatchObject({ name: 'Mine', plan: { model: plan.model, style: null } });
    expect(again.evaluation.writing.wantedCount).toBe(1);
    await again.evaluation.run();
    expect(again.evaluation.inputs.systems[0]?.sha256).toBe(evaluation.inputs.systems[0]?.sha256);
    expect(again.evaluation.repetitionOutcome).toEqual({ equal: 1, different: [] });
  });

  it('is refused when it is broken, by its name', async () => {
    const { evaluation, notices } = await open();
    await evaluation.addFiles([new File(['{"format": "caption-studio-evaluation-1", "systems": 4}'], 'broken.json')]);
    expect(notices.toasts.at(-1)?.title).toBe('broken.json could not be taken');
    expect(notices.toasts.at(-1)?.detail).toMatch(/broken\.json: is no run file of this studio/u);
    expect(evaluation.isEmpty).toBe(true);
  });
});
