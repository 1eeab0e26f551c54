import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { Cleaning, noCleaning, operationsOf } from '../../../src/app/state/dataset/cleaning.svelte.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { markChanges } from '../../../src/app/state/cards/word-marks.ts';
import { openWorkspace } from '../stage.ts';

async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext('2d')?.fillRect(0, 0, 4, 4);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

describe('cleaning', () => {
  it('shows every change before it is made, makes them as one step, and takes them back', async () => {
    const { workspace } = await openWorkspace({ words: 'The image shows a grey cat .' });
    takeIn(workspace, readFiles([await picture('a.png'), await picture('b.png')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(2));
    const [one, two] = workspace.library.cards;
    if (one === undefined || two === undefined) return expect.unreachable();
    workspace.editing.write(two, 'A dog.');
    const cleaning = new Cleaning(workspace.library.cards, workspace.editing);
    cleaning.fields = { ...noCleaning, opening: true, spaces: true, find: 'GREY', replacement: 'black', tagAdd: 'pet' };
    cleaning.previewSoon();
    await vi.waitFor(() => expect(cleaning.changes).toHaveLength(2));
    expect(one.text).toBe('The image shows a grey cat .');
    expect(cleaning.apply()).toBe(2);
    expect([one.text, two.text]).toEqual(['A black cat.', 'A dog.']);
    expect([one.content.tags, two.content.tags]).toEqual([['pet'], ['pet']]);
    expect(one.author?.kind).toBe('rule');
    workspace.undo();
    expect([one.text, one.content.tags.length]).toEqual(['The image shows a grey cat .', 0]);
  });

  it('has what was typed when its window was closed without a change, until that is applied', async () => {
    const { workspace } = await openWorkspace({ words: 'A grey cat.' });
    takeIn(workspace, readFiles([await picture('a.png')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const first = new Cleaning(workspace.library.cards, workspace.editing);
    first.fields.find = 'grey';
    first.fields.replacement = 'black';
    first.leave();
    const second = new Cleaning(workspace.library.cards, workspace.editing);
    expect([second.fields.find, second.fields.replacement]).toEqual(['grey', 'black']);
    second.previewSoon();
    await vi.waitFor(() => expect(second.changes).toHaveLength(1));
    second.apply();
    second.leave();
    expect(new Cleaning(workspace.library.cards, workspace.editing).fields).toEqual(noCleaning);
  });

  it('says what is wrong with a regular expression and changes nothing', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles([await picture('a.png')]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const cleaning = new Cleaning(workspace.library.cards, workspace.editing);
    cleaning.fields = { ...noCleaning, find: '(cat', isPattern: true };
    cleaning.previewSoon();
    await vi.waitFor(() => expect(cleaning.trouble).not.toBe(''));
    expect(cleaning.changes).toEqual([]);
  });

  it('puts no trigger word on a picture that could not be captioned, and says so', async () => {
    const { workspace } = await openWorkspace({ words: 'A cat.' });
    takeIn(workspace, readFiles([await picture('a.png'), new File(['no picture'], 'broken.png', { type: 'image/png' })]));
    await vi.waitFor(() => expect(workspace.gallery.counts).toMatchObject({ done: 1, failed: 1 }));
    const cleaning = new Cleaning(workspace.library.cards, workspace.editing);
    cleaning.fields = { ...noCleaning, trigger: 'sks', tagAdd: 'pet' };
    cleaning.previewSoon();
    await vi.waitFor(() => expect(cleaning.changes).toHaveLength(2));
    expect(cleaning.leftFailed).toBe(1);
    cleaning.apply();
    const said = workspace.library.cards.map(({ state, text, content }) => [state, text, content.tags.join()]);
    expect(said).toEqual([
      ['done', 'sks, A cat.', 'pet'],
      ['failed', '', 'pet'],
    ]);
  });

  it('does nothing as long as nothing is asked for', () => {
    expect(operationsOf(noCleaning)).toEqual([]);
  });
});

describe('markChanges', () => {
  it('marks the words that differ and keeps every character', () => {
    const { before, after } = markChanges('A grey cat lies.', 'A black cat lies down.');
    expect(after.filter(({ isChanged }) => isChanged).map(({ text }) => text)).toEqual(['black', ' down']);
    expect(before.map(({ text }) => text).join('')).toBe('A grey cat lies.');
    expect(after.map(({ text }) => text).join('')).toBe('A black cat lies down.');
  });
});
