import { describe, expect, it, vi } from 'vitest';
import type { ScoredSet } from '../../../workers/scores-api.ts';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { distinctNames } from '../../../src/app/state/cards/distinct-names.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { toGallerySystem } from '../../../src/app/state/evaluate/gallery-system.ts';
import { openWorkspace } from '../stage.ts';

async function pictures(count: number): Promise<File[]> {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return Array.from({ length: count }, (_, index) => new File([blob], `${String(index + 1)}.png`, { type: 'image/png' }));
}

const setOf = (captions: readonly string[], values: readonly number[]): ScoredSet => ({
  referencesId: 'r',
  files: captions.map((_, index) => `${String(index + 1)}.png`),
  leftOut: 0,
  uncaptioned: 0,
  systems: [{ id: 's', captions, rows: [{ name: 'CIDEr', value: 1, low: null, high: null, p: null, pictures: values }] }],
});

describe('scores of the gallery’s captions', () => {
  it('filter and sort the cards, do not count for a changed caption, and outlive a reload', async () => {
    const { workspace, stores } = await openWorkspace();
    takeIn(workspace, readFiles(await pictures(3)));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(3));
    const { library, gallery, scoring, settings, editing } = workspace;
    const texts = library.cards.map(({ text }) => text);
    scoring.take({ sets: [setOf(texts, [0.9, 0.2, 1.4])] });
    const shown = (): readonly string[] => gallery.shown.map(({ name }) => name);
    gallery.words = 'score:cider<1';
    expect(shown()).toEqual(['1.png', '2.png']);
    expect(gallery.wantedScores).toEqual(['cider']);
    settings.change({ sort: 'score:CIDEr' });
    expect(shown()).toEqual(['2.png', '1.png']);

    await workspace.flush();
    const after = await openWorkspace({}, stores);
    expect(after.workspace.scoring.names).toEqual(['CIDEr']);
    after.workspace.gallery.words = 'score:cider>1';
    expect(after.workspace.gallery.shown.map(({ name }) => name)).toEqual(['3.png']);

    const [, second] = library.cards;
    if (second === undefined) return expect.unreachable();
    editing.write(second, 'Something else.');
    expect(shown()).toEqual(['1.png']);
    workspace.undo();
    expect(shown()).toEqual(['2.png', '1.png']);
  });

  it('tell pictures of one name in different folders apart, though their captions are the same', async () => {
    const { workspace } = await openWorkspace();
    const [file] = await pictures(1);
    if (file === undefined) return expect.unreachable();
    const { library, scoring, editing } = workspace;
    const incoming = ['day 1/a.png', 'day 2/a.png', 'day 2/b.png', 'day 2/b.png'].map((path) => ({ file, path }));
    const cards = library.add(incoming, workspace.prompting.recipe);
    for (const card of cards) editing.write(card, 'A square.');
    expect([...distinctNames(cards).values()]).toEqual(['day 1/a.png', 'day 2/a.png', 'day 2/b.png', 'day 2/b (2).png']);
    const { systems, ...set } = setOf(['A square.', 'A square.', 'A square.'], [0.9, 0.2, 0.4]);
    scoring.take({ sets: [{ ...set, systems, files: ['day 1/a.png', 'day 2/a.png', 'photos/day 2/b (2).png'] }] });
    expect(cards.map((card) => scoring.of(card)['CIDEr'])).toEqual([0.9, 0.2, undefined, 0.4]);
    const system = toGallerySystem(library.cards);
    expect((await system?.file.text())?.match(/"file":"[^"]*"/gu)).toEqual(
      ['day 1/a.png', 'day 2/a.png', 'day 2/b.png', 'day 2/b (2).png'].map((name) => `"file":"${name}"`),
    );
  });

  it('say which score is not there', async () => {
    const { workspace } = await openWorkspace();
    takeIn(workspace, readFiles(await pictures(1)));
    workspace.gallery.words = 'score:clip<0.2';
    expect(workspace.gallery.problem).toBeUndefined();
    expect(workspace.scoring.missing(workspace.gallery.wantedScores)).toBe('clip');
  });
});
