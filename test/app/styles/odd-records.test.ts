/** @file What lies in the library of styles in an odd shape: an earlier version's, a later one's, half of one. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StyleRecord } from '../../../src/app/state/styles/style-record.ts';
import { styleChoices } from '../../../src/app/state/styles/style-list.ts';
import { fakeStyles, styleSource, styleZip } from '../fake-styles.ts';
import { memoryStores, openStage, openWorkspace, type Stage } from '../stage.ts';

type Stores = ReturnType<typeof memoryStores>;

/** Puts something into the library as it is. */
async function put(stores: Stores, id: string, record: unknown): Promise<void> {
  await stores.styles.save(id, record as StyleRecord);
}

async function withTales(stores: Stores): Promise<StyleRecord> {
  const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
  return workspace.styles.import(styleSource('tales', 'Tales'));
}

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('a record of a style that cannot be used', () => {
  it.each<readonly [string, unknown, string]>([
    ['nothing', null, 'a style without a name'],
    ['a text', 'tales', 'a style without a name'],
    ['no bytes', { id: 'old', name: 'Old', summary: { name: 'Old' } }, 'Old'],
    ['bytes of another kind', { id: 'old', zip: new Uint8Array(4) }, 'old'],
    ['no id', { name: 'Nameless', zip: styleZip('old', 'Old') }, 'Nameless'],
  ])('with %s is told and stays, and the others are there', async (_, record, name) => {
    const stores = memoryStores();
    const whole = await withTales(stores);
    await put(stores, 'odd', record);
    const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
    expect(workspace.styles.all).toEqual([whole]);
    const [told] = workspace.notices.toasts;
    expect([told?.tone, told?.title]).toEqual(['attention', 'A style in your library cannot be read']);
    expect(told?.text).toMatch(new RegExp(`^${name}: `, 'u'));
    await workspace.styles.rename(whole, 'Other');
    await workspace.styles.remove(whole);
    expect(await stores.styles.load('odd')).toEqual(record);
  });

  it('does not come out of the database: the others do', async () => {
    const stores = memoryStores();
    const whole = await withTales(stores);
    await put(stores, 'lost', {});
    const { styles } = stores;
    const unreadable = new DOMException('Failed to read large IndexedDB value', 'UnknownError');
    const load = (id: string): Promise<StyleRecord | undefined> => (id === 'lost' ? Promise.reject(unreadable) : styles.load(id));
    const broken = { ...stores, styles: { ...styles, loadAll: () => Promise.reject(unreadable), load } };
    const { workspace } = await openWorkspace({ styles: fakeStyles().api }, broken);
    expect(workspace.styles.all).toEqual([whole]);
    expect(workspace.notices.toasts.map(({ text }) => text)).toEqual([expect.stringMatching(/^lost: /u)]);
    expect(await styles.ids()).toEqual(['tales', 'lost']);
  });

  it('has the id of another: one is shown, both stay', async () => {
    const stores = memoryStores();
    const whole = await withTales(stores);
    await put(stores, 'twin', { ...whole, name: 'Twin' });
    const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
    expect(workspace.styles.all.map(({ name }) => name)).toEqual(['Tales']);
    expect(workspace.notices.toasts[0]?.text).toMatch(/^Twin: /u);
    expect(await stores.styles.ids()).toEqual(['tales', 'twin']);
  });
});

describe('a record of a style with gaps', () => {
  it('has them filled by the engine, and keeps what a later version wrote into it', async () => {
    const stores = memoryStores();
    await put(stores, 'tales', { id: 'tales', zip: styleZip('tales', 'Tales'), summary: { name: 'Tales' }, ofTomorrow: 1 });
    const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
    const { styles } = workspace;
    const [before] = styles.all;
    expect([before?.name, before?.summary.fit.state]).toEqual(['Tales', 'other']);
    expect(styleChoices(workspace)[0]?.refusal).toContain('gaps');
    expect(workspace.notices.toasts).toEqual([]);
    await styles.compare();
    const [after] = styles.all;
    expect(after?.summary).toMatchObject({ kind: 'lora', facts: 'LoRA, rank 4', fit: { state: 'fits' } });
    if (after === undefined) return expect.unreachable();
    await styles.rename(after, 'Once');
    expect(await stores.styles.load('tales')).toMatchObject({ name: 'Once', ofTomorrow: 1, summary: { kind: 'lora' } });
  });

  it('of which only the card or a list is missing is used as it is', async () => {
    const stores = memoryStores();
    const whole = await withTales(stores);
    const { name, kind, facts, parameterCount, sizeBytes, isScalable, placement } = whole.summary;
    const summary = { name, kind, facts, parameterCount, sizeBytes, isScalable, placement, fit: { state: 'fits' } };
    await put(stores, 'tales', { ...whole, addedAtMs: undefined, summary });
    const { workspace } = await openWorkspace({ styles: fakeStyles().api }, stores);
    const [style] = workspace.styles.all;
    expect(style?.summary).toMatchObject({ kind: 'lora', fit: { state: 'fits', reason: '' }, unmatched: [], base: { name: '' } });
    expect(style?.summary.card.scores).toEqual([]);
    expect(styleChoices(workspace)[0]?.refusal).toBeUndefined();
  });

  it('whose bytes are those of another style is told, and nobody wears it', async () => {
    const stores = memoryStores();
    const whole = await withTales(stores);
    await put(stores, 'tales', { ...whole, zip: styleZip('other', 'Other') });
    const engine = fakeStyles();
    const { workspace } = await openWorkspace({ styles: engine.api }, stores);
    await workspace.styles.compare();
    expect(workspace.styles.all[0]?.summary.fit).toMatchObject({ state: 'other', reason: expect.stringContaining('not those') as string });
    await expect(workspace.styles.wear({ id: 'tales', name: 'Tales', scale: 1 })).rejects.toMatchObject({ code: 'file-invalid' });
    expect(await engine.api.listAdapters()).toEqual([]);
  });

  it('breaks neither the room nor the chooser', async () => {
    const stores = memoryStores();
    await withTales(stores);
    await put(stores, 'half', { id: 'half', zip: styleZip('half', 'Half') });
    await put(stores, 'odd', { id: 'odd' });
    stage = await openStage({ styles: fakeStyles().api }, stores);
    stage.workspace.room = 'styles';
    const titles = (): readonly string[] => [...document.querySelectorAll('main.styles > ul h2')].map(({ textContent }) => textContent);
    await vi.waitFor(() => expect(titles()).toEqual(['half', 'Tales']), { timeout: 20_000 });
  });
});
