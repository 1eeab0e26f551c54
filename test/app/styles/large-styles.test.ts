/** @file Styles as large as a model: how far their reading is, stopped in every stage, and gone from the engine when they are deleted. */
import { describe, expect, it, vi } from 'vitest';
import type { AdapterProgress, AdaptersApi, OnAdapterProgress } from '../../../workers/adapters-api.ts';
import { StudioError } from '../../../src/core/error.ts';
import { sayStyleProgress } from '../../../src/app/state/styles/say-style.ts';
import { takeEach } from '../../../src/app/state/styles/take-style.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import { memoryStores, openWorkspace, type Stage } from '../stage.ts';

type Call = 'loadAdapter' | 'exportAdapter';

/** An engine whose calls wait until a test lets them go on. */
interface HeldEngine {
  readonly api: AdaptersApi;
  readonly loads: string[];
  /** Ids of the calls that were stopped. */
  readonly stopped: string[];
  /** Tells the page how far the call at work is. */
  readonly tell: (progress: AdapterProgress) => void;
  readonly letGo: () => void;
}

function heldEngine(held: Call): HeldEngine {
  const { api, loads } = fakeStyles();
  const stopped: string[] = [];
  let going: { readonly fail: (error: Error) => void; readonly end: () => void; readonly onProgress: OnAdapterProgress } | undefined;
  const hold = (callId: string | undefined, onProgress: OnAdapterProgress = () => undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      going = { end: resolve, fail: reject, onProgress };
      if (callId === undefined) resolve();
    });
  return {
    loads,
    stopped,
    api: {
      ...api,
      ...(held === 'loadAdapter' && {
        loadAdapter: async (source, callId, onProgress) => {
          await hold(callId, onProgress);
          return api.loadAdapter(source);
        },
      }),
      ...(held === 'exportAdapter' && {
        exportAdapter: async (request, callId, onProgress) => {
          await hold(callId, onProgress);
          return api.exportAdapter(request);
        },
      }),
      stopAdapterCall: (callId) => {
        stopped.push(callId);
        going?.fail(new StudioError('cancelled', 'stopped'));
        return Promise.resolve();
      },
    },
    tell: (progress) => going?.onProgress(progress),
    letGo: () => going?.end(),
  };
}

async function openHeld(held: Call, stores = memoryStores()): Promise<HeldEngine & Omit<Stage, 'close'>> {
  const engine = heldEngine(held);
  return { ...engine, ...(await openWorkspace({ styles: engine.api }, stores)) };
}

const isGoing = { timeout: 5000 };

describe('a style that comes in', () => {
  it('shows its bytes and the time left, and nothing where it takes a moment only', async () => {
    const { workspace, tell, letGo } = await openHeld('loadAdapter');
    const { work } = workspace.styles;
    const coming = workspace.styles.import(styleSource('tower', 'Tower'));
    expect(work.progress).toBeUndefined();
    await vi.waitFor(() => expect(work.progress).toMatchObject({ name: 'Tower', stage: 'reading', total: 0 }), isGoing);
    tell({ stage: 'reading', done: 100e6, total: 400e6 });
    await new Promise((resolve) => setTimeout(resolve, 600));
    tell({ stage: 'reading', done: 200e6, total: 400e6 });
    expect(work.progress?.leftMs).toBeGreaterThan(0);
    expect(sayStyleProgress(work.progress ?? expect.unreachable())).toMatch(/^Reading Tower · 200 MB of 400 MB · \d+ s left$/u);
    letGo();
    await coming;
    expect(work.progress).toBeUndefined();
    expect(workspace.styles.all.map(({ name }) => name)).toEqual(['Tower']);
  });

  it.each(['loadAdapter', 'exportAdapter'] as const)('leaves nothing when it is stopped in %s', async (held) => {
    const { workspace, stores, api, stopped } = await openHeld(held);
    const { styles, notices } = workspace;
    // One of a name that is taken is packed anew under its own.
    const before = held === 'exportAdapter' ? await addTaken(workspace) : [];
    const sources = [styleSource('tower', 'Tower'), styleSource('behind', 'Behind')];
    const coming = takeEach(workspace, sources);
    await vi.waitFor(() => expect(styles.work.progress?.name).toBe('Tower'), isGoing);
    styles.work.stop();
    expect(styles.work.progress?.isStopping).toBe(true);
    await coming;
    expect(stopped).toHaveLength(1);
    expect([styles.isBusy, styles.work.progress, notices.toasts]).toEqual([false, undefined, []]);
    expect(styles.all.map(({ id }) => id)).toEqual(before);
    expect(await stores.styles.ids()).toEqual(before);
    await vi.waitFor(async () => expect((await api.listAdapters()).map(({ id }) => id)).toEqual(before));
  });

  async function addTaken({ styles }: Stage['workspace']): Promise<readonly string[]> {
    await styles.import(styleSource('taken', 'Tower'));
    return ['taken'];
  }

  it('is let go of where the wish to stop comes as it has just been read', async () => {
    const { workspace, api, letGo } = await openHeld('loadAdapter');
    const { styles } = workspace;
    const coming = styles.import(styleSource('tower', 'Tower')).catch((error: unknown) => error);
    await vi.waitFor(() => expect(styles.work.progress).toBeDefined(), isGoing);
    letGo();
    styles.work.stop();
    expect(await coming).toMatchObject({ code: 'cancelled' });
    await vi.waitFor(async () => expect(await api.listAdapters()).toEqual([]));
    expect(styles.all).toEqual([]);
  });
});

describe('a style that is deleted', () => {
  it('leaves the engine at once, comes back with Undo, and is read again when it is worn', async () => {
    const engine = fakeStyles();
    const { workspace } = await openWorkspace({ styles: engine.api });
    const { styles } = workspace;
    const style = await styles.import(styleSource('tower', 'Tower'));
    await styles.remove(style);
    await vi.waitFor(async () => expect(await engine.api.listAdapters()).toEqual([]));
    workspace.undo();
    await vi.waitFor(() => expect(styles.all).toHaveLength(1));
    expect(engine.loads).toEqual(['tower']);
    expect(await styles.wear({ id: 'tower', name: 'Tower', scale: 1 })).toEqual([{ id: 'tower', scale: 1 }]);
    expect(engine.loads).toEqual(['tower', 'tower']);
  });

  it('is read only after it has left, where it comes back while a job still wears it', async () => {
    const { api, loads } = fakeStyles();
    let endJob = (): void => undefined;
    const job = new Promise<void>((resolve) => (endJob = resolve));
    const order: string[] = [];
    const styles: AdaptersApi = {
      ...api,
      loadAdapter: (source) => {
        order.push('read');
        return api.loadAdapter(source);
      },
      unloadAdapter: async (id) => {
        await job;
        order.push('left');
        await api.unloadAdapter(id);
      },
    };
    const { workspace } = await openWorkspace({ styles });
    const style = await workspace.styles.import(styleSource('tower', 'Tower'));
    await workspace.styles.remove(style);
    workspace.undo();
    await vi.waitFor(() => expect(workspace.styles.all).toHaveLength(1));
    const worn = workspace.styles.wear({ id: 'tower', name: 'Tower', scale: 1 });
    const imported = workspace.styles.import(styleSource('tower', 'Tower'));
    endJob();
    await Promise.all([worn, imported]);
    expect(order.indexOf('left')).toBeGreaterThan(0);
    expect(order.at(-1)).toBe('read');
    expect((await api.listAdapters()).map(({ id }) => id)).toEqual(['tower']);
    expect(loads.length).toBe(order.filter((one) => one === 'read').length);
  });

  it('leaves the engine also where another tab deleted it', async () => {
    const stores = memoryStores();
    const engine = fakeStyles();
    let hear = (): void => undefined;
    const watched: typeof stores = {
      ...stores,
      styles: { ...stores.styles, watch: (listener) => void (hear = () => listener({ changed: [], removed: ['tower'] })) },
    };
    const { workspace } = await openWorkspace({ styles: engine.api }, watched);
    await workspace.styles.import(styleSource('tower', 'Tower'));
    await stores.styles.remove(['tower']);
    hear();
    await vi.waitFor(async () => expect(await engine.api.listAdapters()).toEqual([]));
    expect(workspace.styles.all).toEqual([]);
  });

  it('leaves it again after a training that went on from it', async () => {
    const engine = fakeStyles();
    const { workspace } = await openWorkspace({ styles: engine.api });
    const style = await workspace.styles.import(styleSource('tower', 'Tower'));
    await workspace.styles.remove(style);
    await workspace.styles.read(style);
    expect(await engine.api.listAdapters()).toHaveLength(1);
    workspace.styles.letGo(style.id);
    await vi.waitFor(async () => expect(await engine.api.listAdapters()).toEqual([]));
  });
});
