import { describe, expect, it } from 'vitest';
import { makeItem } from '../../src/core/dataset/item.ts';
import { readHash, writeHash } from '../../src/app/state/address.ts';
import { arrange } from '../../src/app/state/cards/arrange.ts';
import { toJsonLines, toPlainLines } from '../../src/app/state/dataset/captions-file.ts';
import { joinWords, splitWords } from '../../src/app/state/prompt/decoding-fields.ts';
import { matchesKey } from '../../src/app/state/keys.ts';
import { addFinished, timeLeftMs, tokensPerSecond, type Finished } from '../../src/app/state/queue/rate.ts';
import { fillPrompt } from '../../src/app/state/queue/recipe.ts';
import { sayBytes, sayCount, sayTime } from '../../src/app/state/words.ts';
import { layoutRows } from '../../src/app/view/caption/layout-rows.ts';

describe('the address', () => {
  it('reads what it wrote', () => {
    const place = { room: 'caption', picture: 'a1', selected: ['a1', 'b2'] };
    expect(writeHash(place)).toBe('#/caption?picture=a1&selected=a1,b2');
    expect(readHash(writeHash(place), 'caption')).toEqual(place);
  });

  it('leads to the first room when it says nothing', () => {
    expect(readHash('', 'caption')).toEqual({ room: 'caption', picture: undefined, selected: [] });
  });

  it('leaves out a selection that is too long to read', () => {
    expect(writeHash({ room: 'caption', picture: undefined, selected: Array.from({ length: 41 }, String) })).toBe('#/caption');
  });
});

describe('arrange', () => {
  const cards = [
    { name: 'img10.jpg', order: 1, text: 'A red boat', state: 'done' as const },
    { name: 'img2.jpg', order: 2, text: '', state: 'failed' as const },
    { name: 'img1.jpg', order: 3, text: 'A boat and a red house', state: 'writing' as const },
  ];

  it('shows what passes the filter', () => {
    const passes = ({ text }: { readonly text: string }): boolean => text.includes('red');
    expect(arrange(cards, { passes, state: 'all' }, 'oldest')).toEqual([cards[0], cards[2]]);
  });

  it('counts what is being written as waiting', () => {
    expect(arrange(cards, { passes: undefined, state: 'waiting' }, 'oldest')).toEqual([cards[2]]);
  });

  it('sorts names as people count', () => {
    expect(arrange(cards, { passes: undefined, state: 'all' }, 'name').map(({ name }) => name)).toEqual([
      'img1.jpg',
      'img2.jpg',
      'img10.jpg',
    ]);
  });

  it('puts what failed first when sorted by state', () => {
    expect(arrange(cards, { passes: undefined, state: 'all' }, 'state')[0]).toBe(cards[1]);
  });
});

describe('layoutRows', () => {
  const room = { width: 1000, rowHeight: 200, gap: 20, leastWidth: 120 };
  const pictures = Array.from({ length: 23 }, (_, index) => ({ proportion: 0.5 + ((index * 37) % 20) / 10 }));
  const rows = layoutRows(pictures, room);

  it('keeps every picture once, in order', () => {
    expect(rows.flat().map(({ item }) => item)).toEqual(pictures);
  });

  it('never makes a row wider than the room, and fills all rows but the last', () => {
    const widths = rows.map((row) => row.reduce((sum, { width }) => sum + width, 0) + room.gap * (row.length - 1));
    for (const width of widths) expect(width).toBeLessThanOrEqual(room.width);
    for (const width of widths.slice(0, -1)) expect(width).toBeGreaterThan(room.width * 0.9);
  });

  it('gives the pictures of a row one height', () => {
    for (const row of rows) expect(new Set(row.map(({ height }) => height)).size).toBe(1);
  });
});

describe('the pace', () => {
  const finished = [0, 1000, 2000].reduce<readonly Finished[]>((last, atMs) => addFinished(last, { atMs, tokens: 20 }), []);

  it('tells tokens a second and the time left from the last pictures', () => {
    expect(tokensPerSecond(finished)).toBe(20);
    expect(timeLeftMs(finished, 30)).toBe(30_000);
  });

  it('tells nothing from a single picture', () => {
    expect(timeLeftMs(finished.slice(0, 1), 30)).toBeUndefined();
  });
});

describe('words', () => {
  it('says sizes, times and counts as people do', () => {
    expect([
      sayBytes(17_400_000),
      sayBytes(999),
      sayTime(90_000),
      sayTime(7_800_000),
      sayCount(1, 'picture'),
      sayCount(1204, 'picture'),
    ]).toEqual(['17.4 MB', '999 B', '2 min', '2 h 10 min', '1 picture', '1,204 pictures']);
  });

  it('splits a line of words at its commas and joins it again', () => {
    expect(splitWords(' the image, \\n ,,photo')).toEqual(['the image', '\n', 'photo']);
    expect(joinWords(['the image', '\n'])).toBe('the image, \\n');
  });

  it('puts the picture’s name into the prompt', () => {
    const subject = { item: makeItem('pets/my cat.jpeg'), width: null, height: null };
    expect(fillPrompt({ label: '', prompt: 'This is {name} of {folder}.', system: null, changes: {} }, subject).prompt).toBe(
      'This is my cat of pets.',
    );
  });
});

describe('captions to take along', () => {
  const timings = { visionMs: 61.04, prefillMs: 24, decodeMs: 190 };
  const cards = [
    { id: '1', name: 'a.jpg', text: 'A cat.', report: { captions: [{ tokenCount: 4 }], timings } },
    { id: '2', name: 'b.jpg', text: '', report: undefined },
  ];

  it('leaves out pictures without a caption', () => {
    expect(toPlainLines(cards)).toBe('a.jpg\tA cat.');
  });

  it('writes the rows of the command line', () => {
    const names = new Map([['1', 'day 1/a.jpg']]);
    expect(toJsonLines(cards, names)).toBe(
      '{"file":"day 1/a.jpg","caption":"A cat.","tokens":4,"ms":{"vision":61,"prefill":24,"decode":190}}\n',
    );
  });
});

describe('matchesKey', () => {
  const press = { key: 'k', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

  it('takes Ctrl and Command for Mod', () => {
    expect(matchesKey({ ...press, ctrlKey: true }, 'Mod+K')).toBe(true);
    expect(matchesKey({ ...press, metaKey: true }, 'Mod+K')).toBe(true);
    expect(matchesKey(press, 'Mod+K')).toBe(false);
  });

  it('takes a sign with or without Shift', () => {
    expect(matchesKey({ ...press, key: '?', shiftKey: true }, '?')).toBe(true);
    expect(matchesKey({ ...press, key: 'R', shiftKey: true }, 'R')).toBe(false);
  });
});
