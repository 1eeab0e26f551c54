/** @file The library of styles: kept, named, deleted with a way back, blended, copied. */
import { describe, expect, it, vi } from 'vitest';
import { blendable, reasonAgainstBlend, weightsFor } from '../../../src/app/state/styles/blending.ts';
import { StudioError } from '../../../src/core/error.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import type { AdapterSource } from '../../../workers/adapters-api.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import { openWorkspace } from '../stage.ts';
import { openStyled, pictures } from './styled-stage.ts';

const names = ({ styles }: Workspace): readonly string[] => styles.all.map(({ name }) => name);

describe('the library of styles', () => {
  it('keeps what is imported over a reload, and knows the same style again', async () => {
    const { workspace, stores } = await openStyled();
    await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.import(styleSource('tales', 'Tales'));
    expect(names(workspace)).toEqual(['Tales']);
    const again = await openStyled({}, stores);
    expect(names(again.workspace)).toEqual(['Tales']);
    expect(again.loads).toEqual([]);
  });

  it('keeps a style with the same numbers as one, says so, and offers the name that it came under', async () => {
    const { workspace, stores } = await openStyled();
    const { styles, notices } = workspace;
    const tales = await styles.import(styleSource('same', 'Tales'));
    await styles.import(styleSource('same', 'Tales'));
    expect(notices.toasts.map(({ title, text, acts }) => [title, text, acts])).toEqual([
      ['Tales was here already', 'What came in has the very same numbers. Nothing changed.', []],
    ]);
    await styles.import(styleSource('same', 'Second training'));
    const told = notices.toasts.at(-1);
    expect(told?.text).toBe('Second training has the very same numbers, so the two are one style. It keeps its name.');
    expect(names(workspace)).toEqual(['Tales']);
    expect(await (await styles.export(tales, 'hf5')).text()).toBe('same\nTales'); // not the name that the engine heard last
    told?.acts[0]?.run();
    await vi.waitFor(() => expect(names(workspace)).toEqual(['Second training']));
    const [kept] = (await openStyled({}, stores)).workspace.styles.all;
    expect([kept?.id, kept?.name, await kept?.zip.text()]).toEqual(['same', 'Second training', 'same\nSecond training']);
  });

  it('exports a style whose name was taken under the name that it got', async () => {
    const { workspace } = await openStyled();
    for (const id of ['a', 'b']) await workspace.styles.import(styleSource(id, 'Tales'));
    expect(await Promise.all(workspace.styles.all.map(({ zip }) => zip.text()))).toEqual(['a\nTales', 'b\nTales 2']);
  });

  it('lets go of a style that cannot be kept', async () => {
    const { workspace, stores, api } = await openStyled();
    stores.styles.save = () => Promise.reject(new StudioError('storage-full', 'no room'));
    await expect(workspace.styles.import(styleSource('large', 'Large'))).rejects.toMatchObject({ code: 'storage-full' });
    expect([workspace.styles.all, await api.listAdapters()]).toEqual([[], []]);
  });

  it('gives another style of the same name a number', async () => {
    const { workspace } = await openStyled();
    for (const id of ['a', 'b', 'c']) await workspace.styles.import(styleSource(id, 'Tales'));
    expect(names(workspace)).toEqual(['Tales', 'Tales 2', 'Tales 3']);
  });

  it('refuses what is no style, and is not busy for ever', async () => {
    const { workspace } = await openStyled();
    const nothing = workspace.styles.import({ kind: 'zip', name: 'photos.zip', file: new Blob(['photos']) });
    await expect(nothing).rejects.toMatchObject({ code: 'file-invalid' });
    expect(workspace.styles.isBusy).toBe(false);
    expect(workspace.styles.all).toEqual([]);
  });

  it('renames a style, in what it exports too', async () => {
    const { workspace, stores } = await openStyled();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.rename(style, '  Once upon a time ');
    const [renamed] = workspace.styles.all;
    if (renamed === undefined) return expect.unreachable();
    expect(await (await workspace.styles.export(renamed, 'hf5')).text()).toBe('tales\nOnce upon a time');
    await workspace.styles.rename(renamed, ' ');
    expect(names((await openStyled({}, stores)).workspace)).toEqual(['Once upon a time']);
  });

  it('deletes a style that is in use, and brings it back', async () => {
    const { workspace, stores } = await openStyled();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    workspace.styles.choose(style.id);
    await workspace.styles.remove(style);
    expect(workspace.styles.wanted).toBeNull();
    expect(await stores.styles.ids()).toEqual([]);
    workspace.undo();
    await vi.waitFor(() => expect(names(workspace)).toEqual(['Tales']));
    expect(await stores.styles.ids()).toEqual(['tales']);
    workspace.redo();
    await vi.waitFor(() => expect(names(workspace)).toEqual([]));
  });

  it('reads a style once, when it is first worn', async () => {
    const first = await openStyled();
    const { id } = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    const { workspace, loads } = await openStyled({}, first.stores);
    const { styles } = workspace;
    expect(await styles.wear(null)).toEqual([]);
    const worn = await Promise.all([styles.wear({ id, name: 'Tales', scale: 1 }), styles.wear({ id, name: 'Tales', scale: 0.5 })]);
    expect(worn).toEqual([[{ id, scale: 1 }], [{ id, scale: 0.5 }]]);
    expect(loads).toEqual(['tales']);
  });

  it('stops at once while a style is still read, as behind a training, and goes on with it later', async () => {
    const first = await openStyled();
    const style = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    const { api } = fakeStyles();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const asked: string[] = [];
    const styles = {
      ...api,
      loadAdapter: (source: AdapterSource) => {
        asked.push(source.kind);
        return held.then(() => api.loadAdapter(source));
      },
    };
    const { workspace, threads } = await openWorkspace({ styles }, first.stores);
    workspace.styles.choose(style.id);
    takeIn(workspace, readFiles(await pictures(1)));
    await vi.waitFor(() => expect(asked).toEqual(['zip']));
    workspace.queue.stop();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('halted'));
    expect(threads.calls.pictures).toBe(0);
    expect(workspace.library.cards.map(({ state }) => state)).toEqual(['waiting']);
    expect(workspace.notices.toasts).toEqual([]);
    workspace.queue.go();
    release();
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    expect(workspace.library.cards[0]?.text).toContain('In tales at 1.');
    expect(asked).toHaveLength(1);
  });

  it('says which style is not here any more, and reads one again that could not be read', async () => {
    const { workspace, stores } = await openStyled();
    await expect(workspace.styles.wear({ id: 'gone', name: 'Haiku', scale: 1 })).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('Haiku') as unknown,
    });
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await stores.styles.save(style.id, { ...style, zip: new Blob(['broken']) });
    const again = await openStyled({}, stores);
    const wanted = { id: style.id, name: style.name, scale: 1 };
    await expect(again.workspace.styles.wear(wanted)).rejects.toMatchObject({ code: 'file-invalid' });
    await again.workspace.styles.import(styleSource('tales', 'Tales'));
    expect(await again.workspace.styles.wear(wanted)).toEqual([{ id: 'tales', scale: 1 }]);
  });

  it('blends LoRAs into a style of its own, and says why others cannot be', async () => {
    const { workspace } = await openStyled();
    const [a, b] = [await workspace.styles.import(styleSource('a', 'Tales')), await workspace.styles.import(styleSource('b', 'Haiku'))];
    const parts = weightsFor(blendable(workspace.styles.all), a);
    expect(parts).toEqual([
      { id: 'a', name: 'Tales', scale: 0.5 },
      { id: 'b', name: 'Haiku', scale: 0.5 },
    ]);
    expect((await workspace.styles.blend(parts, 'Haiku')).id).toBe('0.5 a + 0.5 b');
    expect(names(workspace)).toEqual(['Tales', 'Haiku', 'Haiku 2']);
    expect(reasonAgainstBlend(a, [a, b])).toBeUndefined();
    expect(reasonAgainstBlend(a, [a])).toContain('no other LoRA');
    expect(reasonAgainstBlend({ ...a, summary: { ...a.summary, kind: 'dora' } }, [a, b])).toContain('Only LoRAs');
    const fit = { state: 'other', reason: 'made for another' } as const;
    expect(reasonAgainstBlend({ ...a, summary: { ...a.summary, fit } }, [a, b])).toBe('made for another');
  });

  it('makes a copy of another strength under a name of its own', async () => {
    const { workspace } = await openStyled();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.duplicate(style, 0.5, 'Tales × 0.5');
    expect(names(workspace)).toEqual(['Tales', 'Tales × 0.5']);
  });
});
