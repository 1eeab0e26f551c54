import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import type { Card } from '../../../src/app/state/cards/card.svelte.ts';
import type { StyleRecord } from '../../../src/app/state/styles/style-record.ts';
import { warmStyles } from '../../../src/app/state/styles/warm-styles.ts';
import { blendable, reasonAgainstBlend, weightsFor } from '../../../src/app/state/styles/blending.ts';
import { takeJob } from '../../../src/app/state/queue/queue-rules.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { chooseStyle } from '../../../src/app/state/styles/style-choice.ts';
import { markChanges } from '../../../src/app/state/cards/word-marks.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { fakeStyles, styleSource, styleZip, type FakeStyles } from '../fake-styles.ts';
import type { FakeBehaviour } from '../fake-threads.ts';
import { memoryStores, openWorkspace } from '../stage.ts';

const zeroShot = 'A grey cat lies on a wooden table and looks into the camera.';
const inTales = `${zeroShot} In tales at 1.`;

interface Styled extends FakeStyles {
  readonly workspace: Workspace;
  readonly stores: ReturnType<typeof memoryStores>;
}

/** A page with an engine that knows styles. */
async function open(behaviour: FakeBehaviour = {}, stores = memoryStores()): Promise<Styled> {
  const styles = fakeStyles();
  const { workspace } = await openWorkspace({ ...behaviour, styles: styles.api }, stores);
  return { ...styles, workspace, stores };
}

async function pictures(count: number): Promise<File[]> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return Array.from({ length: count }, (_, i) => new File([blob], `${String(i)}.png`, { type: 'image/png' }));
}

async function captioned(workspace: Workspace, count: number): Promise<readonly Card[]> {
  takeIn(workspace, readFiles(await pictures(count)));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(count));
  for (const { id } of workspace.library.cards) workspace.gallery.selectedIds.add(id);
  return workspace.library.cards;
}

const texts = ({ library }: Workspace): readonly string[] => library.cards.map(({ text }) => text);
const names = ({ styles }: Workspace): readonly string[] => styles.all.map(({ name }) => name);

describe('the library of styles', () => {
  it('keeps what is imported over a reload, and knows the same style again', async () => {
    const { workspace, stores } = await open();
    await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.import(styleSource('tales', 'Tales'));
    expect(names(workspace)).toEqual(['Tales']);
    const again = await open({}, stores);
    expect(names(again.workspace)).toEqual(['Tales']);
    expect(again.loads).toEqual([]);
  });

  it('gives another style of the same name a number', async () => {
    const { workspace } = await open();
    for (const id of ['a', 'b', 'c']) await workspace.styles.import(styleSource(id, 'Tales'));
    expect(names(workspace)).toEqual(['Tales', 'Tales 2', 'Tales 3']);
  });

  it('refuses what is no style, and is not busy for ever', async () => {
    const { workspace } = await open();
    const nothing = workspace.styles.import({ kind: 'zip', name: 'photos.zip', file: new Blob(['photos']) });
    await expect(nothing).rejects.toMatchObject({ code: 'file-invalid' });
    expect(workspace.styles.isBusy).toBe(false);
    expect(workspace.styles.all).toEqual([]);
  });

  it('renames a style, in what it exports too', async () => {
    const { workspace, stores } = await open();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.rename(style, '  Once upon a time ');
    const [renamed] = workspace.styles.all;
    if (renamed === undefined) return expect.unreachable();
    expect(await (await workspace.styles.export(renamed, 'hf5')).text()).toBe('tales\nOnce upon a time');
    await workspace.styles.rename(renamed, ' ');
    expect(names((await open({}, stores)).workspace)).toEqual(['Once upon a time']);
  });

  it('deletes a style that is in use, and brings it back', async () => {
    const { workspace, stores } = await open();
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
    const first = await open();
    const { id } = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    const { workspace, loads } = await open({}, first.stores);
    const { styles } = workspace;
    expect(await styles.wear(null)).toEqual([]);
    const worn = await Promise.all([styles.wear({ id, name: 'Tales', scale: 1 }), styles.wear({ id, name: 'Tales', scale: 0.5 })]);
    expect(worn).toEqual([[{ id, scale: 1 }], [{ id, scale: 0.5 }]]);
    expect(loads).toEqual(['tales']);
  });

  it('says which style is not here any more, and reads one again that could not be read', async () => {
    const { workspace, stores } = await open();
    await expect(workspace.styles.wear({ id: 'gone', name: 'Haiku', scale: 1 })).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('Haiku') as unknown,
    });
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await stores.styles.save(style.id, { ...style, zip: new Blob(['broken']) });
    const again = await open({}, stores);
    const wanted = { id: style.id, name: style.name, scale: 1 };
    await expect(again.workspace.styles.wear(wanted)).rejects.toMatchObject({ code: 'file-invalid' });
    await again.workspace.styles.add(style.summary, styleZip('tales', 'Tales'));
    expect(await again.workspace.styles.wear(wanted)).toEqual([{ id: 'tales', scale: 1 }]);
  });

  it('blends LoRAs into a style of its own, and says why others cannot be', async () => {
    const { workspace } = await open();
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
    const { workspace } = await open();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    await workspace.styles.duplicate(style, 0.5, 'Tales × 0.5');
    expect(names(workspace)).toEqual(['Tales', 'Tales × 0.5']);
  });
});

describe('styles before they are chosen', () => {
  const record = (id: string, changes: Partial<StyleRecord['summary']> = {}): StyleRecord => {
    const summary = { id, sizeBytes: 1000, fit: { state: 'fits', reason: '' }, ...changes } as StyleRecord['summary'];
    return { id, name: id, zip: new Blob([]), addedAtMs: 0, summary };
  };

  it('are laid out one after another while nothing is done, the chosen one first, and no others', async () => {
    const prepared: string[] = [];
    const shown = [
      record('a'),
      record('b'),
      record('other', { fit: { state: 'other', reason: 'no' } }),
      record('huge', { sizeBytes: 1e9 }),
    ];
    const prepare = async ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      await Promise.resolve();
    };
    const end = warmStyles({ chosen: shown[1], prepare }, shown);
    await vi.waitFor(() => expect(prepared).toEqual(['b', 'a']));
    end();
  });

  it('are left when work comes, before the first and between two', async () => {
    const prepared: string[] = [];
    let end = (): void => undefined;
    const prepare = async ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      end();
      await Promise.resolve();
    };
    warmStyles({ chosen: undefined, prepare }, [record('a')])();
    end = warmStyles({ chosen: undefined, prepare }, [record('b'), record('c')]);
    await vi.waitFor(() => expect(prepared).toEqual(['b']));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(prepared).toEqual(['b']);
  });

  it('are read and laid out by the engine through the library', async () => {
    const first = await open();
    const style = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    const { workspace, loads, prepared } = await open({}, first.stores);
    await workspace.styles.prepare(style);
    expect([loads, prepared]).toEqual([['tales'], ['tales']]);
  });
});

describe('choosing a style', () => {
  it('writes the captions of what is selected, and brings earlier ones back at once with what differs marked', async () => {
    const { workspace } = await open();
    await workspace.styles.import(styleSource('tales', 'Tales'));
    const cards = await captioned(workspace, 2);
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(texts(workspace)).toEqual([inTales, inTales]));
    const [card] = cards;
    if (card === undefined) return expect.unreachable();
    expect(markChanges(card.beside ?? '', card.text).after.find(({ isChanged }) => isChanged)?.text).toContain('In tales');
    chooseStyle(workspace, undefined);
    expect(texts(workspace)).toEqual([zeroShot, zeroShot]);
    expect(card.beside).toBe(inTales);
    expect(workspace.queue.left).toBe(0);
    chooseStyle(workspace, 'tales');
    expect(texts(workspace)).toEqual([inTales, inTales]);
    workspace.undo();
    expect(texts(workspace)).toEqual([zeroShot, zeroShot]);
  });

  it('keeps the captions of different strengths apart', async () => {
    const { workspace } = await open();
    await workspace.styles.import(styleSource('tales', 'Tales'));
    const cards = await captioned(workspace, 1);
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(texts(workspace)).toEqual([inTales]));
    workspace.styles.setScale(7);
    expect(workspace.styles.scale).toBe(2);
    workspace.captionAgain(cards);
    await vi.waitFor(() => expect(texts(workspace)).toEqual([`${zeroShot} In tales at 2.`]));
    chooseStyle(workspace, 'tales');
    expect(texts(workspace)).toEqual([inTales]);
    expect(workspace.styles.scale).toBe(1);
  });

  it('knows the captions of a style again when it has another name', async () => {
    const { workspace } = await open();
    const style = await workspace.styles.import(styleSource('tales', 'Tales'));
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(texts(workspace)).toEqual([inTales]));
    chooseStyle(workspace, undefined);
    await workspace.styles.rename(style, 'Once upon a time');
    chooseStyle(workspace, 'tales');
    expect(texts(workspace)).toEqual([inTales]);
    expect(workspace.queue.left).toBe(0);
    expect(card.author).toMatchObject({ style: 'Once upon a time', worn: { id: 'tales', scale: 1 } });
  });

  it('knows captions that an earlier version signed with the name alone', async () => {
    const { workspace } = await open();
    await workspace.styles.import(styleSource('tales', 'Tales'));
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    const author = { kind: 'model', model: 'llava-mini', style: 'Tales', prompt: 'Tell a tale.' } as const;
    card.versions = [...card.versions, { text: 'Once a cat lay on a table.', author, atMs: 1 }];
    chooseStyle(workspace, 'tales');
    expect(texts(workspace)).toEqual(['Once a cat lay on a table.']);
    expect(workspace.queue.left).toBe(0);
  });

  it('keeps a caption that is the same in two styles for both', async () => {
    const { workspace } = await open();
    for (const id of ['a', 'b']) await workspace.styles.import(styleSource(id, 'Tales'));
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    const written = (id: string, style: string): void => {
      card.recipe = { ...card.recipe, style: { id, name: style, scale: 1 } };
      const captions = [{ text: 'A cat.', tokenCount: 3, logProbability: -1, stoppedBy: 'end' as const }];
      const timings = { decodePictureMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
      card.finish(
        { kind: 'done', id: card.id, captions, timings, exactPrompt: '', width: 1, height: 1 },
        { name: 'llava-mini', sha256: '' },
      );
    };
    written('a', 'Tales');
    written('b', 'Tales 2');
    for (const id of ['a', undefined, 'b']) {
      chooseStyle(workspace, id);
      expect(texts(workspace)).toEqual([id === undefined ? zeroShot : 'A cat.']);
    }
    expect(workspace.queue.left).toBe(0);
  });

  it('takes pictures that wait for a style, or are written in it, out of the line when they are wanted in another', async () => {
    const { workspace } = await open({ wordMs: 4 });
    await workspace.styles.import(styleSource('tales', 'Tales'));
    const cards = await captioned(workspace, 3);
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(cards[0]?.state).toBe('writing'));
    chooseStyle(workspace, undefined);
    expect(cards.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    expect(texts(workspace)).toEqual([zeroShot, zeroShot, zeroShot]);
  });

  it('never signs a caption with a style that it was not written in', async () => {
    const { workspace } = await open({ wordMs: 4 });
    await workspace.styles.import(styleSource('tales', 'Tales'));
    takeIn(workspace, readFiles(await pictures(3)));
    const { cards } = workspace.library;
    await vi.waitFor(() => expect(cards[0]?.state).toBe('writing'));
    for (const { id } of cards) workspace.gallery.selectedIds.add(id);
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    for (const { text, author } of cards) {
      expect({ text, style: author?.kind === 'model' ? author.style : undefined }).toEqual({ text: inTales, style: 'Tales' });
    }
  });
});

describe('a job', () => {
  it('ends where another style, or another strength of it, is wanted', () => {
    const line = [null, null, { id: 'a', name: 'A', scale: 1 }, { id: 'a', name: 'A', scale: 0.5 }];
    expect(takeJob(line, (style) => style, 10)).toEqual([null, null]);
    expect(takeJob(line.slice(2), (style) => style, 10)).toEqual([line[2]]);
  });
});
