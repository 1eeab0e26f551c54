/** @file Ends of work on styles: each stops its own, leaves nothing behind, and is heard also where it waits. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AdaptersApi } from '../../../workers/adapters-api.ts';
import { StudioError } from '../../../src/core/error.ts';
import { StyleWork } from '../../../src/app/state/styles/style-work.svelte.ts';
import type { StyleRecord } from '../../../src/app/state/styles/style-record.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import { memoryStores, openStage, openWorkspace, type Stage } from '../stage.ts';

/** An engine that reads styles of the given names only when it is let, or stopped. */
function slowEngine(slow: readonly string[]): { readonly api: AdaptersApi; readonly letGo: () => void } {
  const { api } = fakeStyles();
  const waiting = new Map<string, { readonly fail: (error: Error) => void; readonly end: () => void }>();
  return {
    api: {
      ...api,
      loadAdapter: async (source, callId = '') => {
        const name = 'name' in source ? source.name.replace('.zip', '') : '';
        if (slow.includes(name)) await new Promise<void>((end, fail) => void waiting.set(callId, { end, fail }));
        return api.loadAdapter(source);
      },
      stopAdapterCall: (callId) => {
        waiting.get(callId)?.fail(new StudioError('cancelled', 'stopped'));
        return Promise.resolve();
      },
    },
    letGo: () => {
      for (const { end } of waiting.values()) end();
    },
  };
}

const namesOf = (styles: readonly Pick<StyleRecord, 'name'>[]): readonly string[] => styles.map(({ name }) => name);
const isGoing = { timeout: 5000 };
let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('work on styles that is stopped', () => {
  it('ends alone where it has an end of its own', async () => {
    const { api, letGo } = slowEngine(['Fetched', 'Dropped']);
    const { workspace } = await openWorkspace({ styles: api });
    const { styles } = workspace;
    const own = new StyleWork();
    const fetched = styles.import(styleSource('a', 'Fetched'), own).catch((error: unknown) => error);
    const dropped = styles.import(styleSource('b', 'Dropped'));
    await vi.waitFor(() => expect([own.progress?.name, styles.work.progress?.name]).toEqual(['Fetched', 'Dropped']), isGoing);
    own.stop();
    expect(await fetched).toMatchObject({ code: 'cancelled' });
    expect(styles.work.progress).toMatchObject({ name: 'Dropped', isStopping: false });
    letGo();
    await dropped;
    expect(namesOf(styles.all)).toEqual(['Dropped']);
  });

  it('leaves none of several that come together, also of those that were read and wait for their turn', async () => {
    const { api } = slowEngine(['First']);
    const { workspace } = await openWorkspace({ styles: api });
    const { styles } = workspace;
    const coming = styles.importAll([styleSource('a', 'First'), styleSource('b', 'Second')]).catch((error: unknown) => error);
    await vi.waitFor(async () => expect(namesOf(await api.listAdapters())).toEqual(['Second']));
    await vi.waitFor(() => expect(styles.work.progress).toBeDefined(), isGoing);
    styles.work.stop();
    expect(await coming).toMatchObject({ code: 'cancelled' });
    expect([styles.all, styles.isBusy, styles.work.progress]).toEqual([[], false, undefined]);
    await vi.waitFor(async () => expect(await api.listAdapters()).toEqual([]));
  });

  it('is heard while what comes again waits for a job that wears it', async () => {
    const { api } = fakeStyles();
    let endJob = (): void => undefined;
    const job = new Promise<void>((resolve) => (endJob = resolve));
    const { workspace } = await openWorkspace({ styles: { ...api, unloadAdapter: (id) => job.then(() => api.unloadAdapter(id)) } });
    const { styles } = workspace;
    await styles.remove(await styles.import(styleSource('tower', 'Tower')));
    const again = styles.import(styleSource('tower', 'Tower')).catch((error: unknown) => error);
    await vi.waitFor(() => expect(styles.work.progress).toBeDefined(), isGoing);
    styles.work.stop();
    expect(await again).toMatchObject({ code: 'cancelled' });
    endJob();
    await vi.waitFor(async () => expect(await api.listAdapters()).toEqual([]));
    expect(styles.all).toEqual([]);
  });

  it('is at hand in the window that waits for it, which then closes', async () => {
    const stores = memoryStores();
    const before = await openWorkspace({ styles: fakeStyles().api }, stores);
    await before.workspace.styles.import(styleSource('tower', 'Tower'));
    stage = await openStage({ styles: slowEngine(['Tower']).api }, stores);
    stage.workspace.room = 'styles';
    const press = (name: string): void =>
      (document.querySelector<HTMLElement>(`[aria-label="${name}"]`) ?? expect.unreachable(`no button ${name}`)).click();
    await vi.waitFor(() => press('Look inside Tower'), isGoing);
    await vi.waitFor(() => expect(document.querySelector('dialog [aria-label="Stop work on Tower"]')).not.toBeNull(), isGoing);
    document.querySelector<HTMLElement>('dialog [aria-label="Stop work on Tower"]')?.click();
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull());
    expect(stage.workspace.notices.toasts).toEqual([]);
  });
});

it('lets go of all that come together and cannot be kept', async () => {
  const stores = memoryStores();
  const { api } = fakeStyles();
  const { workspace } = await openWorkspace({ styles: api }, stores);
  stores.styles.save = () => Promise.reject(new StudioError('storage-full', 'no room'));
  const coming = workspace.styles.importAll(['a', 'b', 'c'].map((id) => styleSource(id, id)));
  await expect(coming).rejects.toMatchObject({ code: 'storage-full' });
  await vi.waitFor(async () => expect(await api.listAdapters()).toEqual([]));
  expect([workspace.styles.all, workspace.styles.isBusy]).toEqual([[], false]);
});

it('stays as it was imported again where its deletion is undone', async () => {
  const stores = memoryStores();
  const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
  const { styles } = workspace;
  await styles.remove(await styles.import(styleSource('tower', 'Tower')));
  await styles.import(styleSource('tower', 'Imported again'));
  workspace.undo();
  await new Promise((resolve) => setTimeout(resolve)); // all that undoing does in memory is done
  expect(namesOf(styles.all)).toEqual(['Imported again']);
  expect(namesOf(await stores.styles.loadAll())).toEqual(['Imported again']);
});
