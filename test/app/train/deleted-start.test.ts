/** @file A style that is deleted while work needs it: it stays in the engine until that ends. */
import { expect, it, vi } from 'vitest';
import { Forecast } from '../../../src/app/state/train/forecast.ts';
import { TrainSetup } from '../../../src/app/state/train/train-setup.svelte.ts';
import { Training } from '../../../src/app/state/train/training.svelte.ts';
import type { TrainPlaces } from '../../../src/app/state/train/train-inputs.ts';
import type { TrainRecord } from '../../../src/app/state/train/train-record.ts';
import type { Studio } from '../../../src/app/studio.ts';
import { StudioError } from '../../../src/core/error.ts';
import { methodDefaults } from '../../../src/engine/train/recipes.ts';
import { fakeStyles, styleSource, type FakeStyles } from '../fake-styles.ts';
import { memoryRecords, openWorkspace, type Stage } from '../stage.ts';

interface Started extends Pick<Stage, 'workspace'> {
  readonly engine: FakeStyles;
  readonly setup: TrainSetup;
  readonly places: TrainPlaces;
  /** The ids of what the engine holds. */
  readonly held: () => Promise<readonly string[]>;
  /** Deletes the style. */
  readonly remove: () => Promise<void>;
}

/** A form that goes on from a style. */
async function openStarted(): Promise<Started> {
  const engine = fakeStyles();
  const { workspace } = await openWorkspace({ styles: engine.api });
  const { styles, stores } = workspace;
  const style = await styles.import(styleSource('tower', 'Tower'));
  const item = { id: 'a.png', captions: ['a cat'], source: { kind: 'copy', path: 'a.png' }, drawer: 'gallery' } as const;
  await stores.files.keep('a.png', new File(['a'], 'a.png'));
  const setup = new TrainSetup(
    () => [item],
    () => [],
  );
  setup.start = { id: style.id, name: style.name, zip: style.zip, facts: '', method: methodDefaults.lora };
  return {
    workspace,
    engine,
    setup,
    places: { styles, files: { gallery: stores.files, own: stores.files } },
    held: async () => (await engine.api.listAdapters()).map(({ id }) => id),
    remove: () => styles.remove(style),
  };
}

it('is there for each turn of a run that goes on from it, also after a lost GPU, and leaves when the run does', async () => {
  const { workspace, setup, places, held, remove } = await openStarted();
  const { studio, model, notices, sharing } = workspace;
  const heldAt: (readonly string[])[] = [];
  const train: Studio['train'] = async ({ startsFrom }) => {
    expect(startsFrom).toBe('tower');
    if (heldAt.length === 0) await remove();
    heldAt.push(await held());
    if (heldAt.length === 1) throw new StudioError('device-lost', 'the device was lost');
    return { end: 'paused', stepsDone: 0, totalSteps: 1 };
  };
  const parts = { model, notices, setup, sharing, records: memoryRecords<TrainRecord>(), onStyle: () => undefined, ...places };
  const training = new Training({ ...parts, studio: { ...studio, train } });
  await training.start();
  expect([training.phase, training.run?.error]).toEqual(['paused', null]);
  expect(heldAt).toEqual([['tower'], ['tower']]);
  await vi.waitFor(async () => expect(await held()).toEqual([]));
});

it('is let go of after the form was checked and measured with it', async () => {
  const { workspace, setup, places, held, remove } = await openStarted();
  await remove();
  await vi.waitFor(async () => expect(await held()).toEqual([]));
  const heldAt: (readonly string[])[] = [];
  const studio: Studio = {
    ...workspace.studio,
    checkTraining: async () => {
      heldAt.push(await held());
      throw new StudioError('internal', 'internal: checked enough');
    },
  };
  const forecast = new Forecast({ studio, model: workspace.model, setup, ...places });
  for (const work of [() => forecast.check(), () => forecast.measure(['lora'])]) {
    await expect(work()).rejects.toMatchObject({ code: 'internal' });
    await vi.waitFor(async () => expect(await held()).toEqual([]));
  }
  expect(heldAt).toEqual([['tower'], ['tower']]);
});
