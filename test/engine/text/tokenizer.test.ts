import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeStreamDecoder } from '../../../src/core/decode/stream-decoder.ts';
import { StudioError } from '../../../src/core/error.ts';
import { encodeBannedWords } from '../../../src/engine/text/banned-words.ts';
import { readStopIds } from '../../../src/engine/text/stop-ids.ts';
import { openTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { readTensorFile } from '../../helpers/tensor-file.ts';

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const openFolder = (folder: string): TextTokenizer =>
  openTokenizer(readJson(`${folder}/tokenizer.json`), readJson(`${folder}/tokenizer_config.json`));
const llamaConfig = { bos_token: '<s>', eos_token: { content: '</s>' }, unk_token: '<unk>', pad_token: '<pad>' };
const openFixture = (name: string): TextTokenizer => openTokenizer(readJson(`test/fixtures/tokenizers/${name}.json`), llamaConfig);

type Rows = readonly (readonly [text: string, ids: readonly number[], decoded: string])[];
const golden = readJson('test/fixtures/tokenizers/golden.json') as Readonly<Record<'llama-like' | 'qwen-like', Rows>>;

describe('openTokenizer', () => {
  it.each(['llama-like', 'qwen-like'] as const)('encodes and decodes as the Rust library does: %s', (name) => {
    const tokenizer = openFixture(name);
    for (const [text, ids, decoded] of golden[name]) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  it.each(['llama-like', 'qwen-like'] as const)('decodes a stream of tokens to the same text: %s', (name) => {
    const tokenizer = openFixture(name);
    for (const [, ids, decoded] of golden[name]) {
      const stream = makeStreamDecoder((part) => tokenizer.decode(part));
      expect(ids.map((id) => stream.push(id)).join('') + stream.finish()).toBe(decoded);
    }
  });

  it.each(['llava15-vicuna', 'llava-interleave-qwen2'])('decodes what the reference wrote: %s', async (family) => {
    const folder = `test/fixtures/reference/${family}`;
    const { photos } = readJson(`${folder}/expected.json`) as { photos: Record<string, { greedy_text: string; beam4_text: string }> };
    const expected = await readTensorFile(`${folder}/expected.safetensors`);
    const tokenizer = openFolder(`${folder}/checkpoint`);
    for (const [photo, { greedy_text, beam4_text }] of Object.entries(photos)) {
      expect(tokenizer.decode(expected.rows(`${photo}.greedy_ids`).flat())).toBe(greedy_text);
      expect(tokenizer.decode(expected.rows(`${photo}.beam4_ids`).flat())).toBe(beam4_text);
    }
  });

  it('knows the special tokens by the config, also where that gives objects', () => {
    const tokenizer = openFixture('llama-like');
    expect([tokenizer.bosId, tokenizer.eosIds, tokenizer.tokenOf(tokenizer.padId ?? -1)]).toEqual([1, [2], '<pad>']);
    expect(tokenizer.encode('a', { special: false })).toEqual(tokenizer.encode('a').slice(1));
    expect(tokenizer.decode([1, ...tokenizer.encode('a dog', { special: false }), 2])).toBe('a dog');
    expect(tokenizer.decode([2], { special: true })).toBe('</s>');
    expect(tokenizer.vocabularySize).toBe((tokenizer.padId ?? 0) + 1);
  });

  it('leaves out ids that no token has: models have more rows than their tokenizer words', () => {
    expect(openFixture('qwen-like').decode([5000, -1])).toBe('');
    expect(openFixture('qwen-like').tokenOf(5000)).toBeNull();
  });

  it('encodes an empty text to what stands around a text', () => {
    expect(openFixture('llama-like').encode('')).toEqual([1]);
    expect(openFixture('llama-like').encode('', { special: false })).toEqual([]);
  });

  const good = readJson('test/fixtures/tokenizers/qwen-like.json') as Record<string, Record<string, unknown>>;
  it.each<[string, unknown]>([
    ['no object', []],
    ['no model', { ...good, model: undefined }],
    ['an unknown kind of model', { ...good, model: { ...good['model'], type: 'Magic', merges: [] } }],
    ['a vocabulary that is a list', { ...good, model: { ...good['model'], vocab: ['a'] } }],
    ['an id that is a text', { ...good, model: { ...good['model'], vocab: { a: '1' } } }],
    ['a negative id', { ...good, model: { ...good['model'], vocab: { a: -1 } } }],
    ['an id that would need gigabytes', { ...good, model: { ...good['model'], vocab: { a: 4_000_000_000 } } }],
    ['one id for two tokens', { ...good, model: { ...good['model'], vocab: { a: 1, b: 1 } } }],
    ['merges of three', { ...good, model: { ...good['model'], merges: [['a', 'b', 'c']] } }],
    ['merges that are missing', { ...good, model: { ...good['model'], merges: undefined } }],
    ['added tokens without content', { ...good, added_tokens: [{ id: 1 }] }],
    ['added tokens that are no list', { ...good, added_tokens: {} }],
    ['an unknown pre-tokenizer', { ...good, pre_tokenizer: { type: 'Magic' } }],
    ['merges of what is no token', { ...good, model: { ...good['model'], merges: [['zzz', 'qqq']] } }],
    [
      'a pattern that never ends',
      { ...good, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false } },
    ],
    ['a pattern that is none', { ...good, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false } }],
  ])('refuses a file with %s', (_, json) => {
    expect(() => openTokenizer(json, {})).toThrow(expect.objectContaining({ code: 'file-invalid' }));
  });

  it('refuses or opens any file, and does nothing else', () => {
    const parts = fc.record(
      {
        model: fc.oneof(fc.jsonValue(), fc.record({ type: fc.constant('BPE'), vocab: fc.jsonValue(), merges: fc.jsonValue() })),
        added_tokens: fc.jsonValue(),
        pre_tokenizer: fc.jsonValue(),
        decoder: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(parts, (json) => {
        try {
          openTokenizer(json, {});
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          expect(error).toHaveProperty('code', 'file-invalid');
        }
      }),
      { numRuns: 500 },
    );
  });

  const mini = '../shared/checkpoints/llava-mini';
  it.runIf(existsSync(mini))('decodes every caption that the reference wrote with llava-mini', () => {
    const { greedy } = readJson(`${mini}/expected.json`) as { greedy: Record<string, Record<string, { ids: number[]; text: string }>> };
    const tokenizer = openFolder(mini);
    for (const { ids, text } of Object.values(greedy).flatMap((captions) => Object.values(captions))) {
      expect(tokenizer.decode(ids).trim()).toBe(text);
    }
  });
});

describe('encodeBannedWords', () => {
  it.each(['llama-like', 'qwen-like'] as const)('gives every way to spell a word, at the start and within a text: %s', (name) => {
    const tokenizer = openFixture(name);
    const sequences = encodeBannedWords(tokenizer, ['dog']);
    expect(new Set(sequences.map((ids) => tokenizer.decode(ids).trim()))).toEqual(new Set(['dog', 'Dog']));
    const letters = ['d', 'o', 'g'].map((letter) => tokenizer.idOf(letter));
    expect(sequences.map((ids) => ids.slice(-3))).toContainEqual(letters);
    expect(sequences).toContainEqual(tokenizer.encode(' dog', { special: false }));
    expect(new Set(sequences.map(String)).size).toBe(sequences.length);
  });

  it('still bans the usual spelling of a word with characters that the vocabulary lacks', () => {
    const tokenizer = openFolder('test/fixtures/reference/llava15-vicuna/checkpoint');
    expect(encodeBannedWords(tokenizer, ['aé'])).toContainEqual(tokenizer.encode('aé', { special: false }));
  });

  it('stays small for long words', () => {
    expect(encodeBannedWords(openFixture('qwen-like'), ['standing'.repeat(6)]).length).toBeLessThan(10_000);
  });
});

describe('readStopIds', () => {
  it('takes the generation config first, a number or a list, and else the tokenizer', () => {
    const tokenizer = openFixture('llama-like');
    expect(readStopIds({ eos_token_id: 7 }, tokenizer)).toEqual([7]);
    expect(readStopIds({ eos_token_id: [7, 9] }, tokenizer)).toEqual([7, 9]);
    expect(readStopIds({ eos_token_id: null }, tokenizer)).toEqual([2]);
    expect(readStopIds(undefined, tokenizer)).toEqual([2]);
    expect(() => readStopIds({ eos_token_id: ['x'] }, tokenizer)).toThrow(expect.objectContaining({ code: 'file-invalid' }));
  });
});
