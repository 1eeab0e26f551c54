import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { openWorkspace } from '../stage.ts';

async function picture(name: string, hue: number, size = 80): Promise<File> {
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d');
  const sky = context?.createLinearGradient(0, 0, size, hue % 2 === 0 ? size : 0);
  sky?.addColorStop(0, `hsl(${String(hue)} 80% 30%)`);
  sky?.addColorStop(0.5, `hsl(${String(hue + 90)} 80% 80%)`);
  sky?.addColorStop(1, `hsl(${String(hue + 40)} 80% 40%)`);
  if (context && sky) context.fillStyle = sky;
  context?.fillRect(0, 0, size, size);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

describe('looking the set over', () => {
  it('flags captions for the filter until they are changed', async () => {
    const { workspace } = await openWorkspace({ words: 'A dog runs over the' });
    takeIn(workspace, readFiles([await picture('a.png', 0), await picture('b.png', 91), await picture('c.png', 180)]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    const [one, two] = workspace.library.cards;
    if (one === undefined || two === undefined) return expect.unreachable();
    workspace.editing.write(one, 'A red bus waits for people at the station.');
    await workspace.lookOver.checkCaptions();
    workspace.gallery.words = 'flag:unfinished';
    expect(workspace.gallery.shown.map(({ name }) => name)).toEqual(['b.png', 'c.png']);
    workspace.editing.write(two, 'A dog runs over the field.');
    expect(workspace.gallery.shown.map(({ name }) => name)).toEqual(['c.png']);
    expect(workspace.lookOver.countFlags()).toEqual([['unfinished', 1]]);
  });

  it('finds the same file and the same picture in another size', async () => {
    const { workspace } = await openWorkspace();
    const one = await picture('one.png', 10);
    takeIn(
      workspace,
      readFiles([
        one,
        new File([one], 'copy.png', { type: 'image/png' }),
        await picture('small.png', 200, 60),
        await picture('large.png', 200, 120),
      ]),
    );
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(4));
    await workspace.lookOver.comparePictures();
    const names = (ids: readonly string[]): readonly (string | undefined)[] => ids.map((id) => workspace.library.find(id)?.name);
    expect(workspace.lookOver.exact.map(names)).toEqual([['one.png', 'copy.png']]);
    expect(workspace.lookOver.near.map(names)).toEqual([['small.png', 'large.png']]);
    workspace.gallery.words = 'is:duplicate';
    expect(workspace.gallery.shown).toHaveLength(4);
  });
});
