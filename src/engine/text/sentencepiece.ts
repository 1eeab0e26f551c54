/**
 * @file Llama's `tokenizer.model`, told as a `tokenizer.json`: original checkpoints come with the former alone.
 *
 * @source google/sentencepiece 0.2, sentencepiece_model.proto; transformers 4.46, LlamaConverter and generate_merges
 */

import type { FileSet } from '../../core/codec/byte-source.ts';
import { memorySource } from '../../core/codec/byte-source.ts';
import { isJsonObject, readJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { decodeMessage } from '../../core/codec/protobuf.ts';
import { StudioError } from '../../core/error.ts';

/** A piece of the vocabulary; its id is its place. */
interface Piece {
  readonly text: string;
  readonly score: number;
  /** 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte. */
  readonly type: number;
}

const unknownType = 2;
const controlType = 3;
const bpeModel = 2;
/** Published vocabularies take below a twentieth of it. @unit bytes */
const maxBytes = 32 * 2 ** 20;
const maxPieces = 1_000_000;

/** Gives a set of files a `tokenizer.json` where it has a `tokenizer.model` alone. */
export function withTokenizerJson(files: FileSet): FileSet {
  return {
    name: files.name,
    list: () => files.list(),
    open: async (path) => {
      const found = await files.open(path);
      if (found || path !== 'tokenizer.json') return found;
      const model = await files.open('tokenizer.model');
      if (!model) return null;
      if (model.byteLength > maxBytes) throw invalid(`has ${String(model.byteLength)} bytes, at most ${String(maxBytes)} are read`);
      const json = tokenizerFromSentencePiece(await model.slice(0, model.byteLength), {
        config: await readOptional(files, 'tokenizer_config.json'),
        added: await readOptional(files, 'added_tokens.json'),
      });
      return memorySource(path, new TextEncoder().encode(JSON.stringify(json)));
    },
  };
}

/**
 * Tells a vocabulary of byte pairs in the words of a `tokenizer.json`.
 *
 * @param beside `tokenizer_config.json` and `added_tokens.json`, which name tokens that the model file does not
 * @throws {StudioError} 'file-invalid' when it is no such vocabulary
 */
export function tokenizerFromSentencePiece(
  bytes: Uint8Array,
  beside: { readonly config: JsonObject; readonly added: JsonObject },
): JsonObject {
  const pieces = readPieces(bytes);
  const vocab = new Map(pieces.map(({ text }, id) => [text, id]));
  if (vocab.size !== pieces.length) throw invalid('two pieces are spelled alike');
  const unknown = pieces.find(({ type }) => type === unknownType)?.text ?? '<unk>';
  const begin = pieces.find(({ type, text }) => type === controlType && text === '<s>') ? '<s>' : null;
  return {
    version: '1.0',
    added_tokens: addedTokens(pieces, beside),
    ...spaces(beside.config['legacy'] !== false),
    post_processor: begin === null ? null : beginWith(begin, vocab.get(begin) ?? 0),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(vocab),
      merges: mergesOf(pieces, vocab),
    },
  };
}

/** Any two neighbours whose joint spelling is a piece may be joined; better pieces first. */
function mergesOf(pieces: readonly Piece[], vocab: ReadonlyMap<string, number>): readonly (readonly [string, string])[] {
  const merges: { readonly left: string; readonly right: string; readonly score: number; readonly rank: readonly [number, number] }[] = [];
  for (const { text, score } of pieces) {
    const signs = [...text];
    for (let cut = 1; cut < signs.length; cut++) {
      const left = signs.slice(0, cut).join('');
      const right = signs.slice(cut).join('');
      const [leftId, rightId] = [vocab.get(left), vocab.get(right)];
      if (leftId !== undefined && rightId !== undefined) merges.push({ left, right, score, rank: [leftId, rightId] });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1]);
  return merges.map(({ left, right }) => [left, right]);
}

/** Older checkpoints put a space before every stretch of text, newer ones before the first alone. */
function spaces(isLegacy: boolean): JsonObject {
  if (isLegacy) {
    const normalizers = [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ];
    return { normalizer: { type: 'Sequence', normalizers }, pre_tokenizer: null };
  }
  return { normalizer: null, pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false } };
}

function beginWith(token: string, id: number): JsonObject {
  const text = (part: string): JsonObject => ({ Sequence: { id: part, type_id: 0 } });
  const start = { SpecialToken: { id: token, type_id: 0 } };
  const special = { [token]: { id: token, ids: [id], tokens: [token] } };
  return { type: 'TemplateProcessing', single: [start, text('A')], pair: [start, text('A'), start, text('B')], special_tokens: special };
}

function addedTokens(
  pieces: readonly Piece[],
  { config, added }: { readonly config: JsonObject; readonly added: JsonObject },
): readonly JsonObject[] {
  const byId = new Map<number, string>();
  for (const [id, { text, type }] of pieces.entries()) if (type === unknownType || type === controlType) byId.set(id, text);
  for (const [text, id] of Object.entries(added)) if (typeof id === 'number') byId.set(id, text);
  const decoder = config['added_tokens_decoder'];
  for (const [id, token] of Object.entries(isJsonObject(decoder) ? decoder : {}))
    if (isJsonObject(token) && typeof token['content'] === 'string') byId.set(Number(id), token['content']);
  return [...byId]
    .sort(([a], [b]) => a - b)
    .map(([id, content]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
}

function readPieces(bytes: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = [];
  let kind = 1; // the format's own default, which Llama's is not
  for (const field of decodeMessage(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) pieces.push(readPiece(field.bytes));
    if (field.number === 2)
      for (const inner of decodeMessage(field.bytes)) if (inner.kind === 'varint' && inner.number === 3) kind = Number(inner.value);
    if (pieces.length > maxPieces) throw invalid(`has more than ${String(maxPieces)} pieces`);
  }
  if (pieces.length === 0) throw invalid('holds no pieces');
  if (kind !== bpeModel) throw invalid('is no vocabulary of byte pairs; save the checkpoint with its fast tokenizer');
  return pieces;
}

function readPiece(bytes: Uint8Array): Piece {
  let [text, score, type] = ['', 0, 1];
  for (const field of decodeMessage(bytes)) {
    if (field.number === 1 && field.kind === 'bytes') text = new TextDecoder().decode(field.bytes);
    if (field.number === 2 && field.kind === 'fixed')
      score = new DataView(field.bytes.buffer, field.bytes.byteOffset, 4).getFloat32(0, true);
    if (field.number === 3 && field.kind === 'varint') type = Number(field.value);
  }
  return { text, score, type };
}

async function readOptional(files: FileSet, path: string): Promise<JsonObject> {
  const file = await files.open(path);
  return file ? readJsonObject(file, maxBytes) : {};
}

function invalid(what: string): StudioError {
  return new StudioError('file-invalid', `tokenizer.model: ${what}`, { details: { file: 'tokenizer.model' } });
}
