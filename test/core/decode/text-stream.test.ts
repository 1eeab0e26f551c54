import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAtStop } from '../../../src/core/decode/stop-strings.ts';
import { makeStreamDecoder } from '../../../src/core/decode/stream-decoder.ts';
import { makeTextStream } from '../../../src/core/decode/text-stream.ts';

/** A byte-level vocabulary at its smallest: each id is a byte. */
const decodeBytes = (ids: readonly number[]): string => new TextDecoder().decode(Uint8Array.from(ids));
const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

/** A decoder that takes the first space of a text away, as Llama's does. */
const decodeStripped = (ids: readonly number[]): string => decodeBytes(ids).replace(/^ /, '');

describe('makeStreamDecoder', () => {
  it('gives out whole characters only', () => {
    const decoder = makeStreamDecoder(decodeBytes);
    const pieces = bytesOf('é😀.').map((id) => decoder.push(id));
    expect(pieces).toEqual(['', 'é', '', '', '', '😀', '.']);
  });

  it('joins to the decoding of all ids, whatever the ids are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: 0, max: 255 }).filter((id) => id !== 0xef),
          { maxLength: 40 },
        ),
        (ids) => {
          const decoder = makeStreamDecoder(decodeBytes);
          expect(ids.map((id) => decoder.push(id)).join('') + decoder.finish()).toBe(decodeBytes(ids));
        },
      ),
    );
  });

  it('keeps spaces between tokens where the tokenizer strips the first of a text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bytesOf(' ab')), { maxLength: 20 }), (ids) => {
        const decoder = makeStreamDecoder(decodeStripped);
        expect(ids.map((id) => decoder.push(id)).join('') + decoder.finish()).toBe(decodeStripped(ids));
      }),
    );
  });

  it('writes a replacement character for a character that never became whole', () => {
    const decoder = makeStreamDecoder(decodeBytes);
    expect(
      bytesOf('é')
        .slice(0, 1)
        .map((id) => decoder.push(id)),
    ).toEqual(['']);
    expect(decoder.finish()).toBe('\uFFFD');
  });
});

describe('makeTextStream', () => {
  const streamOf = (stopStrings: readonly string[], start = '') =>
    makeTextStream({ decode: decodeBytes, startIds: bytesOf(start), stopStrings });

  it('holds back what could become a stop string and gives it out when it does not', () => {
    const stream = streamOf(['###']);
    expect(bytesOf('a##b').map((id) => stream.push(id))).toEqual(['a', '', '', '##b']);
  });

  it('ends before a stop string and takes nothing more', () => {
    const stream = streamOf(['USER:', '\n']);
    for (const id of bytesOf(' A dog. USER: more')) stream.push(id);
    expect(stream.isStopped).toBe(true);
    expect(stream.text + stream.finish()).toBe('A dog. ');
  });

  it('gives out a held end when writing is over', () => {
    const stream = streamOf(['<end>']);
    for (const id of bytesOf('a <en')) stream.push(id);
    expect(stream.text).toBe('a ');
    expect(stream.finish()).toBe('<en');
    expect(stream.text).toBe('a <en');
  });

  it('begins with the words that it was made to begin with, without their first space', () => {
    const stream = streamOf(['photo'], ' A photo');
    expect(stream.text).toBe('A photo');
    expect(stream.push(32)).toBe(' ');
    expect(stream.isStopped).toBe(false);
  });

  it('never shows any of a stop string, token by token, and ends as one cut of the whole would', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', ' '), { maxLength: 30 }).map((list) => list.join(''));
    const stops = fc.array(fc.constantFrom('ab', 'aab', 'b b', 'ba'), { maxLength: 3 });
    fc.assert(
      fc.property(letters, stops, (text, stopStrings) => {
        const stream = streamOf(stopStrings);
        const wanted = cutAtStop(text.trimStart(), stopStrings);
        let shown = '';
        for (const id of bytesOf(text)) {
          shown += stream.push(id);
          expect(wanted.startsWith(shown)).toBe(true);
        }
        expect(shown + stream.finish()).toBe(wanted);
        expect(stream.text).toBe(wanted);
      }),
    );
  });
});
