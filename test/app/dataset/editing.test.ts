import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import type { ExistingPolicy } from '../../../src/core/dataset/template/existing-policy.ts';
import { subjectOf } from '../../../src/app/state/dataset/dataset-items.ts';
import { fillPrompt } from '../../../src/app/state/queue/recipe.ts';
import type { Card } from '../../../src/app/state/cards/card.svelte.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { openStudio } from '../../../src/app/studio.ts';
import { fakeThreads } from '../fake-threads.ts';
import { openWorkspace } from '../stage.ts';

async function pictures(count: number): Promise<File[]> {
  const canvas = new OffscreenCanvas(12, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 6, 6);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return Array.from({ length: count }, (_, i) => new File([blob], `${String(i)}.png`, { type: 'image/png' }));
}

async function captioned(workspace: Workspace, count: number): Promise<readonly Card[]> {
  takeIn(workspace, readFiles(await pictures(count)));
  await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(count));
  return workspace.library.cards;
}

const texts = (workspace: Workspace): readonly string[] => workspace.library.cards.map(({ text }) => text);

describe('editing', () => {
  it('undoes and redoes after a reload, step by step', async () => {
    const first = await openWorkspace();
    const [card] = await captioned(first.workspace, 1);
    if (card === undefined) return expect.unreachable();
    const written = card.text;
    first.workspace.editing.write(card, 'One.');
    first.workspace.editing.write(card, 'Two.');
    first.workspace.undo();
    await first.workspace.flush();
    const { workspace } = await openWorkspace({}, first.stores);
    expect(texts(workspace)).toEqual(['One.']);
    workspace.redo();
    expect(texts(workspace)).toEqual(['Two.']);
    workspace.undo();
    workspace.undo();
    expect(texts(workspace)).toEqual([written]);
    expect(workspace.history.newest).toBeUndefined();
  });

  it('waits with a step back until the steps of earlier visits are read', async () => {
    const first = await openWorkspace();
    const [card] = await captioned(first.workspace, 1);
    if (card === undefined) return expect.unreachable();
    const written = card.text;
    first.workspace.editing.write(card, 'One.');
    await first.workspace.flush();
    const workspace = new Workspace(openStudio(fakeThreads({})), first.stores);
    const starting = workspace.start('');
    workspace.undo();
    await starting;
    expect(texts(workspace)).toEqual([written]);
  });

  it('keeps what is done while the steps of earlier visits are read: it is taken back before them, and nothing of it is lost', async () => {
    const first = await openWorkspace();
    const [card] = await captioned(first.workspace, 2);
    if (card === undefined) return expect.unreachable();
    const [written = '', other = ''] = texts(first.workspace);
    first.workspace.editing.write(card, 'One.');
    await first.workspace.flush();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { edits } = first.stores;
    const workspace = new Workspace(openStudio(fakeThreads({})), {
      ...first.stores,
      edits: { ...edits, load: (id) => held.then(() => edits.load(id)) },
    });
    const starting = workspace.start('');
    await vi.waitFor(() => expect(workspace.library.isLoaded).toBe(true));
    const [again, gone] = workspace.library.cards;
    if (again === undefined || gone === undefined) return expect.unreachable();
    workspace.editing.write(again, 'Two.');
    workspace.remove([gone]);
    release();
    await starting;
    expect(texts(workspace)).toEqual(['Two.']);
    workspace.undo();
    expect(texts(workspace)).toEqual(['Two.', other]);
    workspace.undo();
    expect(texts(workspace)).toEqual(['One.', other]);
    workspace.undo();
    expect(texts(workspace)).toEqual([written, other]);
    workspace.redo();
    workspace.redo();
    await workspace.flush();
    const last = await openWorkspace({}, first.stores);
    expect(texts(last.workspace)).toEqual(['Two.', other]);
    last.workspace.undo();
    last.workspace.undo();
    expect(texts(last.workspace)).toEqual([written, other]);
  });

  it('takes what a run has written again back as one step, also when the page was reloaded meanwhile', async () => {
    const first = await openWorkspace();
    await captioned(first.workspace, 3);
    const before = texts(first.workspace);
    await first.workspace.flush();
    const again = await openWorkspace({ words: 'Quite another caption.' }, first.stores);
    again.workspace.captionAgain(again.workspace.library.cards);
    await vi.waitFor(() => expect(texts(again.workspace)).toEqual(Array(3).fill('Quite another caption.')));
    await again.workspace.flush();
    const { workspace } = await openWorkspace({}, first.stores);
    workspace.undo();
    expect(texts(workspace)).toEqual(before);
    workspace.redo();
    expect(texts(workspace)).toEqual(Array(3).fill('Quite another caption.'));
  });

  it('leaves a picture failed that only a change to many has given words, and takes it for done when someone writes', async () => {
    const { workspace } = await openWorkspace({ failAt: 1 });
    takeIn(workspace, readFiles(await pictures(2)));
    await vi.waitFor(() => expect(workspace.gallery.counts).toMatchObject({ done: 1, failed: 1 }));
    const broken = workspace.library.cards.find(({ state }) => state === 'failed') ?? expect.fail('none failed');
    workspace.editing.apply('Add the trigger word', [
      { card: broken, after: { captions: [{ text: 'sks', author: { kind: 'rule', rule: 'Add the trigger word' } }], tags: [] } },
    ]);
    expect([broken.text, broken.state, broken.error?.code]).toEqual(['sks', 'failed', 'picture-invalid']);
    workspace.undo();
    expect([broken.text, broken.state]).toEqual(['', 'failed']);
    workspace.editing.write(broken, 'A grey square.');
    expect(broken.state).toBe('done');
  });

  it('leaves a picture alone that something else has changed since, and says so', async () => {
    const { workspace } = await openWorkspace();
    const [one, two] = await captioned(workspace, 2);
    if (one === undefined || two === undefined) return expect.unreachable();
    const after = { captions: [{ text: 'Same.', author: { kind: 'rule' as const, rule: 'test' } }], tags: [] };
    workspace.editing.apply(
      'All the same',
      [one, two].map((card) => ({ card, after })),
    );
    one.put({ captions: [{ text: 'By another tab.', author: { kind: 'person' } }], tags: [] });
    workspace.undo();
    expect(one.text).toBe('By another tab.');
    expect(two.text).not.toBe('Same.');
    expect(workspace.notices.toasts.some(({ title }) => title === '1 picture left as now')).toBe(true);
  });

  it('joins new captions with those that are there as the panel says', async () => {
    const { workspace } = await openWorkspace({ words: 'New words.' });
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    workspace.editing.write(card, 'Old words.');
    const again = async (existing: ExistingPolicy): Promise<readonly string[]> => {
      workspace.settings.change({ existing });
      workspace.captionAgain([card]);
      await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
      return card.content.captions.map(({ text }) => text);
    };
    expect(await again('skip')).toEqual(['Old words.']);
    expect(await again('append')).toEqual(['Old words. New words.']);
    workspace.undo();
    expect(await again('alternative')).toEqual(['Old words.', 'New words.']);
    expect(await again('overwrite')).toEqual(['New words.']);
    workspace.undo();
    workspace.prompting.write('Improve: {caption}');
    expect(fillPrompt(workspace.prompting.recipe, subjectOf(card)).prompt).toBe('Improve: Old words.');
  });

  it('keeps every caption that a picture had, with who wrote it', async () => {
    const { workspace } = await openWorkspace();
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    workspace.editing.write(card, 'Mine.');
    expect(card.versions.map(({ author }) => author.kind)).toEqual(['person', 'model']);
    expect(card.author).toEqual({ kind: 'person' });
  });

  it('cannot do again what was undone once something new was done', async () => {
    const { workspace } = await openWorkspace();
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    workspace.editing.write(card, 'One.');
    workspace.undo();
    workspace.editing.write(card, 'Two.');
    workspace.redo();
    expect(card.text).toBe('Two.');
    workspace.undo();
    workspace.remove([card]);
    workspace.undo();
    expect(workspace.history.newestUndone?.label).toBe('1 picture deleted');
    expect(workspace.log.history.steps.map(({ label }) => label)).toEqual(['1 picture deleted']);
  });
});
