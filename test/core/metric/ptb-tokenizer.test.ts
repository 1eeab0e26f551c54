/** @file The tokenizer against CoreNLP's tokens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPtbTokenizer } from '../../../src/core/metric/ptb/tokenizer.ts';
import { fixtureLines } from './golden-sets.ts';
import { goldenLines, hasGoldens } from './meteor-files.ts';

interface GoldenLine {
  readonly in: string;
  readonly ptb: readonly string[];
  readonly out: string;
  readonly outLines?: readonly string[];
}

const lines = hasGoldens ? goldenLines<GoldenLine>('ptb-tokens.jsonl') : fixtureLines<GoldenLine>('ptb-tokens.jsonl');

describe('createPtbTokenizer', () => {
  const { tokens, captionTokens } = createPtbTokenizer();

  it('gives the tokens of CoreNLP 3.4.1 for every golden line', () => {
    const whole = lines.filter((line) => line.outLines === undefined);
    expect(whole.length).toBeGreaterThan(600);
    expect(whole.map((line) => tokens(line.in.replaceAll('\n', ' ')))).toEqual(whole.map((line) => line.ptb));
  });

  it('keeps the tokens that pycocoevalcap keeps', () => {
    expect(lines.map((line) => captionTokens(line.in).join(' '))).toEqual(lines.map((line) => line.outLines?.join(' ') ?? line.out));
  });

  it('gives its tokens for rare ones, too: initials before a sentence, file names, mail addresses, back quotes', () => {
    const rare = fixtureLines<GoldenLine>('ptb-rare.jsonl');
    expect(rare.length).toBeGreaterThan(30);
    expect(rare.map((line) => tokens(line.in))).toEqual(rare.map((line) => line.ptb));
    expect(rare.map((line) => captionTokens(line.in).join(' '))).toEqual(rare.map((line) => line.out));
  });

  it('joins what the reference breaks in two at a line separator, so that no later caption is shifted', () => {
    for (const separator of ['\r', '\r\n', '\f', '\v', '\u2028', '\u2029']) {
      expect(captionTokens(`a man${separator}and a dog`)).toEqual(['a', 'man', 'and', 'a', 'dog']);
    }
  });

  it('starts afresh with each text', () => {
    const first = captionTokens('Dr. Lee’s dogs aren’t here.');
    captionTokens('<b>(something) else</b>…');
    expect(captionTokens('Dr. Lee’s dogs aren’t here.')).toEqual(first);
  });
});

describe('createPtbTokenizer on any text', () => {
  const { tokens } = createPtbTokenizer();

  it('takes every character there is', () => {
    const units = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect(() => tokens(units.join(' '))).not.toThrow();
    for (let i = 0; i < units.length; i += 64) expect(() => tokens(units.slice(i, i + 64).join(''))).not.toThrow();
  });

  it('gives tokens without blanks, in small letters', () => {
    const pieces = fc.array(
      fc.constantFrom(...'aAzZ19 .,\'"-_@#&;:()<>/\\$%?!n’“é…½\u00AD&amp;'.split(''), "n't", "'s", 'St.', 'www.a.com'),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        for (const token of tokens(parts.join(''))) {
          expect(token).not.toMatch(/[ \t\n]/u);
          expect(token).toBe(token.toLowerCase());
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
