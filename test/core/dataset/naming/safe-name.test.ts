/** @file Names that every system takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameGiver, makeSafePath } from '../../../../src/core/dataset/naming/safe-name.ts';

describe('makeSafePath', () => {
  it.each([
    ['a b/ü 漢😀.jpg', 'a b/ü 漢😀.jpg'],
    ["it's.jpg", "it's.jpg"],
    ['e\u0301.jpg', 'é.jpg'],
    ['a:b?.jpg', 'a_b_.jpg'],
    ['say "hi".jpg', 'say _hi_.jpg'],
    ['../../x.jpg', 'x.jpg'],
    ['/etc/x.jpg', 'etc/x.jpg'],
    ['CON.jpg', '_CON.jpg'],
    ['aux', '_aux'],
    ['com1.x.jpg', '_com1.x.jpg'],
    ['comet.jpg', 'comet.jpg'],
    ['end. /x .jpg', 'end/x.jpg'],
    ['=1+1.jpg', '_=1+1.jpg'],
    ['-rf.jpg', '_-rf.jpg'],
    ['\u202Egpj.jpg', 'gpj.jpg'],
    ['...', '_'],
    ['.hidden.jpg', '_hidden.jpg'],
    ['.jpg', '_.jpg'],
    ['  .jpg', '_.jpg'],
    ['\u200B.jpg', '_.jpg'],
    ['a.jpg ', 'a.jpg'],
  ])('makes %j %j', (from, to) => {
    expect(makeSafePath(from).to).toBe(to);
    expect(makeSafePath(from).reasons.length > 0).toBe(from !== to);
  });

  it('keeps two long names apart and their ending', () => {
    const [a, b] = ['a', 'b'].map((last) => makeSafePath(`${'漢'.repeat(200)}${last}.jpg`).to);
    expect(a).not.toBe(b);
    expect(a).toMatch(/~[0-9a-f]{8}\.jpg$/u);
    expect(new TextEncoder().encode(a).length).toBeLessThanOrEqual(240);
  });

  it('changes nothing a second time, and never leads out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (path) => {
        const { to } = makeSafePath(path);
        expect(makeSafePath(to)).toEqual({ from: to, to, reasons: [] });
        expect(to.split('/').every((part) => !/^\.{0,2}$/u.test(part))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('createNameGiver', () => {
  it('tells names apart that differ in capitals, accents or endings alone', () => {
    const names = createNameGiver({ byStem: true });
    expect(['A.jpg', 'a.jpg', 'a.png', 'é.jpg', 'e\u0301.jpg', 'b/a.jpg'].map((path) => names.give(path).to)).toEqual([
      'A.jpg',
      'a (2).jpg',
      'a (3).png',
      'é.jpg',
      'é (2).jpg',
      'b/a.jpg',
    ]);
    const plain = createNameGiver();
    expect(['a.jpg', 'a.png', 'A.JPG'].map((path) => plain.give(path).to)).toEqual(['a.jpg', 'a.png', 'A (2).JPG']);
  });

  it('takes points out of keys, not out of folders', () => {
    const names = createNameGiver({ byStem: true, withoutPoints: true });
    expect(['v1.0/a.b.jpg', 'v1.0/a_b.jpg', 'c.jpg'].map((path) => names.give(path).to)).toEqual([
      'v1.0/a_b.jpg',
      'v1.0/a_b (2).jpg',
      'c.jpg',
    ]);
  });
});
