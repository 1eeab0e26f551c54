/** @file A vocabulary as SentencePiece writes it encodes as its twin in `tokenizer.json` does, which the Rust library's goldens hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { encodeMessage, floatField, messageField, stringField, varintField } from '../../../src/core/codec/protobuf.ts';
import { StudioError } from '../../../src/core/error.ts';
import { tokenizerFromSentencePiece, withTokenizerJson } from '../../../src/engine/text/sentencepiece.ts';
import { openTokenizer } from '../../../src/engine/text/tokenizer.ts';

const folder = join(import.meta.dirname, '../../fixtures/tokenizers');
interface Twin {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly (readonly [string, string])[] };
}
const twin = JSON.parse(readFileSync(join(folder, 'llama-like.json'), 'utf8')) as Twin;
const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Record<
  'llama-like',
  readonly (readonly [text: string, ids: readonly number[], decoded: string])[]
>;
const added = Object.fromEntries(twin.added_tokens.filter(({ id }) => id > 2).map(({ id, content }) => [content, id]));
const config = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };

/** The twin's vocabulary with the scores that its merges came from: the earlier, the better. */
function sentencePiece(modelType = 2): Uint8Array<ArrayBuffer> {
  const rank = new Map(twin.model.merges.map(([left, right], i) => [left + right, -i]));
  const pieces = Object.entries(twin.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .filter(([, id]) => id < 420)
    .map(([text, id]) => {
      const type = id === 0 ? 2 : id < 3 ? 3 : /^<0x[0-9A-F]{2}>$/.test(text) ? 6 : 1;
      return messageField(1, [stringField(1, text), floatField(2, rank.get(text) ?? -1e6), varintField(3, type)]);
    });
  return encodeMessage([...pieces, messageField(2, [varintField(3, modelType)])]);
}

describe('tokenizerFromSentencePiece', () => {
  it('encodes as its twin does, and decodes the same texts', () => {
    const ours = openTokenizer(tokenizerFromSentencePiece(sentencePiece(), { config: {}, added }), config);
    const theirs = openTokenizer(twin, config);
    expect(golden['llama-like'].length).toBeGreaterThan(10);
    for (const [text, ids, decoded] of golden['llama-like']) {
      expect(ours.encode(text), text).toEqual(ids);
      expect(ours.decode(ids), text).toBe(decoded);
    }
    expect([ours.bosId, ours.eosIds, ours.vocabularySize]).toEqual([theirs.bosId, theirs.eosIds, theirs.vocabularySize]);
  });

  it('stands in for a tokenizer.json that is not there, and for no other file', async () => {
    const model = sentencePiece();
    const files: FileSet = {
      name: 'here',
      list: () => Promise.resolve(['tokenizer.model']),
      open: (path) => Promise.resolve(path === 'tokenizer.model' ? memorySource(path, model) : null),
    };
    const told = withTokenizerJson(files);
    expect(await told.open('config.json')).toBeNull();
    const file = (await told.open('tokenizer.json')) ?? expect.fail('no tokenizer.json');
    const json: unknown = JSON.parse(new TextDecoder().decode(await file.slice(0, file.byteLength)));
    expect(openTokenizer(json, config).encode('a cat')).toEqual(openTokenizer(twin, config).encode('a cat'));
  });

  it('refuses other kinds of vocabulary, and any bytes that are none, in words', () => {
    expect(() => tokenizerFromSentencePiece(sentencePiece(1), { config: {}, added: {} })).toThrow(/no vocabulary of byte pairs/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => tokenizerFromSentencePiece(bytes, { config: {}, added: {} })).toThrow(StudioError);
      }),
      { numRuns: 300 },
    );
  });
});
