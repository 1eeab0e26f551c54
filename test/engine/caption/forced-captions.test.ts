/** @file Captions with forced words, chosen from scores by chance: whatever a model says, the words are there. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { roomOfWords } from '../../../src/core/decode/forced/forced-words.ts';
import { defaultDecoding, type DecodingOptions } from '../../../src/core/decode/options.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { makeWriter } from '../../../src/engine/caption/make-writer.ts';
import type { WrittenCaption } from '../../../src/engine/caption/writer.ts';
import { encodeBannedWords } from '../../../src/engine/text/banned-words.ts';
import { encodeForcedWords } from '../../../src/engine/text/forced-words.ts';
import { openTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts';

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const llamaConfig = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' };
const mini = openTokenizer(
  readJson('public/bundles/llava-mini/tokenizer.json'),
  readJson('public/bundles/llava-mini/tokenizer_config.json'),
);
const tokenizers: readonly (readonly [string, TextTokenizer])[] = [
  ['bytes', openTokenizer(readJson('test/fixtures/tokenizers/qwen-like.json'), {})],
  ['SentencePiece', openTokenizer(readJson('test/fixtures/tokenizers/llama-like.json'), llamaConfig)],
  ['the embedded model', mini],
];
const words = ['dog', 'Red Car', 'sks style', 'zwx_01', '3d', 'café', 'собака', '狗', 'C++', "l'eau", 'a', 'and', '😀'];

/** A model for all rows: its scores depend on what was written, as a real one's do. */
type Model = (path: readonly number[]) => Float32Array;

interface Job {
  readonly tokenizer: TextTokenizer;
  readonly options: DecodingOptions;
  readonly model: Model;
}

function write({ tokenizer, options, model }: Job): readonly WrittenCaption[] {
  const bannedSequences = encodeBannedWords(tokenizer, options.bannedWords);
  const startIds = options.startsWith === '' ? [] : tokenizer.encode(options.startsWith, { special: false });
  const writer = makeWriter({
    options,
    promptIds: startIds,
    startIds,
    stopIds: [2],
    bannedSequences,
    forced: encodeForcedWords(tokenizer, options.forcedWords, { bannedSequences, stopStrings: options.stopStrings }),
    decode: (ids) => tokenizer.decode(ids),
  });
  let paths: readonly (readonly number[])[] = [[]];
  while (writer.rows > 0) {
    expect(writer.rows).toBe(paths.length);
    const { tokens, parents } = writer.advance(paths.map(model));
    paths = tokens.map((token, i) => [...(paths[parents[i] ?? -1] ?? expect.fail('no such row')), token]);
  }
  return writer.finish();
}

/** Scores by chance in which the end, and full stops and pieces of the words, come up often. */
function chance(seed: number, tokenizer: TextTokenizer, forced: readonly string[]): Model {
  const likely = [
    2,
    ...['.', ' dogs', ', ', ...forced.map((word) => ` ${word}s`)].flatMap((text) => tokenizer.encode(text, { special: false })),
  ];
  return (path) => {
    const random = makeRandom(path.reduce((mixed, id) => (Math.imul(mixed, 31) + id) >>> 0, seed));
    const scores = Float32Array.from({ length: tokenizer.vocabularySize }, () => random.nextUniform() * 6);
    for (const id of likely) scores[id] = (scores[id] ?? 0) + random.nextUniform() * 4;
    return scores;
  };
}

/** Looks for a word in another way than the code under test. */
function isThere(text: string, word: string): boolean {
  const escaped = word.normalize('NFC').replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`).replaceAll(/\s+/gu, String.raw`\s+`); // prettier-ignore
  const isSpaced = !/[狗😀+]/u.test(word);
  const [left, right] = isSpaced ? [String.raw`(?<![\p{L}\p{N}\p{M}_])`, String.raw`(?![\p{L}\p{N}\p{M}_])`] : ['', ''];
  return new RegExp(left + escaped + right, 'iu').test(text.normalize('NFC'));
}

const ways = fc.oneof(
  fc.record({ temperature: fc.constantFrom(0), captions: fc.constant(1) }),
  fc.record({
    temperature: fc.constantFrom(0.7, 1.5),
    captions: fc.integer({ min: 1, max: 3 }),
    topK: fc.constantFrom(0, 5),
    seed: fc.nat(99),
  }),
  fc.record({ beams: fc.integer({ min: 2, max: 4 }), captions: fc.constantFrom(1, 2), earlyStopping: fc.constantFrom<DecodingOptions['earlyStopping']>(true, false, 'never') }), // prettier-ignore
);

/** A word that would be one with what the caption begins with, and hardly room for another try. */
const gluedToItsStart = {
  seed: 0,
  forcedWords: ['3d'],
  way: { temperature: 0.7 as const, captions: 1, topK: 0 as const, seed: 0 },
  spare: 1,
  startsWith: 'the dog' as const,
  stopStrings: [],
  minNewTokens: 0 as const,
  noRepeatNgram: 0 as const,
};

/** A full stop, behind which the space of a word would be the stop string. */
const stoppedByItsSpace = {
  seed: 25,
  forcedWords: ['café'],
  way: { temperature: 0 as const, captions: 1 as const },
  spare: 17,
  startsWith: '' as const,
  stopStrings: ['. '],
  minNewTokens: 0 as const,
  noRepeatNgram: 0 as const,
};

describe.each(tokenizers)('captions with forced words, in tokens of %s', (_, tokenizer) => {
  const writable = words.filter((word) => {
    try {
      return encodeForcedWords(tokenizer, [word], { bannedSequences: [], stopStrings: [] }) !== null;
    } catch {
      return false;
    }
  });

  it('have each of them, whatever the model says and however the next word is chosen', () => {
    expect(writable.length).toBeGreaterThan(5);
    const cases = fc.record({
      seed: fc.nat(),
      forcedWords: fc.uniqueArray(fc.constantFrom(...writable), { minLength: 1, maxLength: 3 }),
      way: ways,
      spare: fc.nat(24),
      startsWith: fc.constantFrom('', 'A photo of a', 'the dog'),
      stopStrings: fc.constantFrom<readonly string[]>([], ['.'], ['\n', 'zz'], ['. ']),
      minNewTokens: fc.constantFrom(0, 3),
      noRepeatNgram: fc.constantFrom(0, 2),
    });
    fc.assert(
      fc.property(cases, ({ seed, forcedWords, way, spare, ...rest }) => {
        const forced = encodeForcedWords(tokenizer, forcedWords, { bannedSequences: [], stopStrings: rest.stopStrings });
        const maxNewTokens = roomOfWords(forced?.words ?? []) + spare;
        const options = {
          ...defaultDecoding,
          ...rest,
          ...way,
          forcedWords,
          maxNewTokens,
          minNewTokens: Math.min(rest.minNewTokens, maxNewTokens),
        };
        const captions = write({ tokenizer, options, model: chance(seed, tokenizer, forcedWords) });
        expect(captions.length).toBeGreaterThan(0);
        for (const { text, ids, stoppedBy } of captions) {
          expect(stoppedBy).not.toBe('cancelled');
          expect(ids.length).toBeLessThanOrEqual(maxNewTokens);
          expect(text).toSatisfy((found: string) => forcedWords.every((word) => isThere(found, word)));
        }
      }),
      { numRuns: tokenizer === mini ? 15 : 80, examples: [[gluedToItsStart], [stoppedByItsSpace]] },
    );
  });

  it('are what they would be without, where the model comes to the words by itself', () => {
    const forcedWords = ['a'];
    const model = chance(5, tokenizer, forcedWords);
    for (let seed = 0; seed < (tokenizer === mini ? 3 : 8); seed += 1) {
      const options = { ...defaultDecoding, maxNewTokens: 120, temperature: 1, captions: 2, seed };
      const free = write({ tokenizer, options, model });
      const led = write({ tokenizer, options: { ...options, forcedWords }, model });
      free.forEach((caption, i) => {
        // Behind half of a character a word is not taken for whole.
        if (isThere(caption.text.replaceAll('\uFFFD', 'x'), 'a') && caption.stoppedBy === 'end') expect(led[i]).toEqual(caption);
        else expect(led[i]?.text).toSatisfy((text: string) => isThere(text, 'a'));
      });
    }
  });
});

/** A model that writes one text and ends, with other tokens that it finds nearly as good here and there. */
function writes(text: string, others: Readonly<Record<string, Readonly<Record<string, number>>>> = {}): Model {
  const whole = [...mini.encode(text, { special: false }), 2];
  return (path) => {
    const scores = new Float32Array(mini.vocabularySize).fill(-20);
    const soFar = mini.decode(path);
    const isOn = path.every((id, i) => whole[i] === id);
    scores[isOn ? (whole[path.length] ?? 2) : soFar.endsWith('.') ? 2 : (mini.idOf('.') ?? 2)] = 10;
    for (const [next, score] of Object.entries(others[soFar] ?? {})) scores[mini.encode(next, { special: false })[0] ?? 0] = score;
    return scores;
  };
}

describe('what is written with forced words', () => {
  const led = (model: Model, options: Partial<DecodingOptions>): string =>
    write({ tokenizer: mini, options: { ...defaultDecoding, ...options }, model })[0]?.text ?? '';

  it.each([1, 4])('has words that do not come by themselves before the last full stop: %d beams', (beams) => {
    expect(led(writes('A man on a horse.'), { forcedWords: ['sks style'], beams })).toBe('A man on a horse, sks style.');
    expect(led(writes('man, horse, hill'), { forcedWords: ['sks', 'outdoors'], beams })).toBe('man, horse, hill, sks, outdoors.');
  });

  it('waits for the last sentence, where the word may still come', () => {
    expect(led(writes('A man. A dog.'), { forcedWords: ['dog'] })).toBe('A man. A dog.');
    expect(led(writes('A man. A cat.'), { forcedWords: ['dog'] })).toBe('A man. A cat, dog.');
  });

  it('takes a word where the model finds it fitting, and not where it does not', () => {
    const fair = { 'A small': { ' dog': 8.5 } }; // 1.5 nats below " cat"
    expect(led(writes('A small cat.', fair), { forcedWords: ['dog'] })).toBe('A small dog.');
    expect(led(writes('A small cat.', { 'A small': { ' dog': 7 } }), { forcedWords: ['dog'] })).toBe('A small cat, dog.');
    expect(led(writes('A small cat and a dog.', fair), { forcedWords: ['dog'] })).toBe('A small cat and a dog.');
  });

  it('needs nothing where the beginning has the word', () => {
    const model: Model = (path) => writes(' on a hill.')(path);
    expect(led(model, { forcedWords: ['dog'], startsWith: 'The dog' })).toBe('The dog on a hill.');
  });

  it('spells a word without what is banned, and refuses one that cannot be', () => {
    const of = (word: string, banned: readonly string[]): unknown =>
      encodeForcedWords(mini, [word], { bannedSequences: encodeBannedWords(mini, banned), stopStrings: [] })?.words[0]?.spaced.map((id) => mini.tokenOf(id)); // prettier-ignore
    expect(of('dog', [])).toEqual(['Ġdog']);
    expect(of('dog', ['do'])).toEqual(['Ġdog']);
    expect(() => of('sunflowers', ['sun'])).toThrow(/this model cannot write it without what is banned/);
    expect(() => of('<image>', [])).toThrow(/forcedWords: "<image>": the tokenizer of this model has no tokens for it/);
  });
});
