/** @file Choosing a style: captions that come back, are kept apart and are signed with what they were written in. */
import { describe, expect, it, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeJob } from '../../../src/app/state/queue/queue-rules.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { chooseStyle } from '../../../src/app/state/styles/style-choice.ts';
import { markChanges } from '../../../src/app/state/cards/word-marks.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { defaultDecoding } from '../../../src/core/decode/options.ts';
import { makeDoor } from '../door.ts';
import { styleSource } from '../fake-styles.ts';
import { captioned, openStyled, pictures } from './styled-stage.ts';

const zeroShot = 'A grey cat lies on a wooden table and looks into the camera.';
const inTales = `${zeroShot} In tales at 1.`;

const texts = ({ library }: Workspace): readonly string[] => library.cards.map(({ text }) => text);

describe('choosing a style', () => {
  it('writes the captions of what is selected, and brings earlier ones back at once with what differs marked', async () => {
    const { workspace } = await openStyled();
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
    const { workspace } = await openStyled();
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
    const { workspace } = await openStyled();
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
    const { workspace } = await openStyled();
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
    const { workspace } = await openStyled();
    for (const id of ['a', 'b']) await workspace.styles.import(styleSource(id, 'Tales'));
    const [card] = await captioned(workspace, 1);
    if (card === undefined) return expect.unreachable();
    const written = (id: string, style: string): void => {
      card.recipe = { ...card.recipe, style: { id, name: style, scale: 1 } };
      const captions = [{ text: 'A cat.', tokenCount: 3, logProbability: -1, stoppedBy: 'end' as const }];
      const timings = { decodePictureMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
      card.finish(
        { kind: 'done', id: card.id, captions, timings, exactPrompt: '', width: 1, height: 1 },
        { name: 'llava-mini', sha256: '', defaults: defaultDecoding },
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
    const door = makeDoor();
    const { workspace } = await openStyled({ door });
    await workspace.styles.import(styleSource('tales', 'Tales'));
    const cards = await captioned(workspace, 3);
    door.letThrough(0);
    chooseStyle(workspace, 'tales');
    await vi.waitFor(() => expect(cards[0]?.state).toBe('writing'));
    chooseStyle(workspace, undefined);
    expect(cards.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    door.open();
    await vi.waitFor(() => expect(workspace.queue.phase).toBe('idle'));
    expect(texts(workspace)).toEqual([zeroShot, zeroShot, zeroShot]);
  });

  it('never signs a caption with a style that it was not written in', async () => {
    const door = makeDoor(0);
    const { workspace } = await openStyled({ door });
    await workspace.styles.import(styleSource('tales', 'Tales'));
    takeIn(workspace, readFiles(await pictures(3)));
    const { cards } = workspace.library;
    await vi.waitFor(() => expect(cards[0]?.state).toBe('writing'));
    for (const { id } of cards) workspace.gallery.selectedIds.add(id);
    chooseStyle(workspace, 'tales');
    door.open();
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
