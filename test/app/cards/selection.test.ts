/** @file Selecting cards, one by one and in ranges. */
import { describe, expect, it } from 'vitest';
import { openWorkspace } from '../stage.ts';

describe('the selection', () => {
  it('counts a range from the card that was selected last, though the keyboard has gone on', async () => {
    const { workspace } = await openWorkspace();
    const incoming = ['a.png', 'b.png', 'c.png', 'd.png', 'e.png'].map((name) => ({ file: new File([name], name, { type: 'image/png' }) }));
    const [a, b, c, d] = workspace.library.add(incoming, workspace.prompting.recipe);
    if (a === undefined || b === undefined || c === undefined || d === undefined) return expect.unreachable();
    const { gallery } = workspace;
    const selected = (): readonly string[] => gallery.selected.map(({ name }) => name);
    gallery.select(b, 'toggle');
    gallery.anchorId = d.id;
    gallery.select(d, 'range');
    expect(selected()).toEqual(['b.png', 'c.png', 'd.png']);
    gallery.anchorId = a.id;
    gallery.select(a, 'range');
    expect(selected()).toEqual(['a.png', 'b.png']);
    gallery.clearSelection();
    gallery.anchorId = c.id;
    gallery.select(d, 'range');
    expect(selected()).toEqual(['c.png', 'd.png']);
  });
});
