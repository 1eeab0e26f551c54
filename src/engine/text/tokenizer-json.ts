/** @file Looks over a `tokenizer.json` before anything is built from it: it may come from anywhere. */

import { isJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { findUnsafePattern } from './tokenizer-patterns.ts';

/** What was found in a file that may be used. */
export interface TokenizerFacts {
  /** The file's content, the parts that may be left out put in as null. */
  readonly json: JsonObject;
  readonly specialIds: readonly number[];
  /** One more than the largest id. */
  readonly vocabularySize: number;
}

/** No model known has a fifth of this; ids far beyond would make the tables of tokens grow without bound. */
const mostTokens = 1_000_000;

/**
 * Checks the parts that ids are read from; the rules of splitting are checked by the library that follows them.
 *
 * @throws {StudioError} 'file-invalid' naming the part
 */
export function checkTokenizerJson(value: unknown): TokenizerFacts {
  if (!isJsonObject(value)) throw invalid('an object in braces was expected');
  const model = value['model'];
  if (!isJsonObject(model)) throw invalid('"model" must be an object');
  // Old files name no kind; a kind that is named and unknown would be taken for BPE.
  if (!['BPE', 'Unigram', 'WordPiece', undefined].includes(model['type'] as string | undefined)) {
    throw invalid(`"model.type" must be BPE, Unigram or WordPiece, got ${JSON.stringify(model['type'])}`);
  }
  const ids = model['type'] === 'Unigram' ? checkPieces(model) : checkVocabulary(model);
  if (model['type'] === 'BPE' || model['merges'] !== undefined) checkMerges(model);
  const added = checkAddedTokens(value['added_tokens'] ?? []);
  const largest = [...ids, ...added.map(({ id }) => id)].reduce((most, id) => Math.max(most, id), -1);
  checkPatterns(value);
  const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return {
    json: { ...parts, ...value },
    specialIds: added.filter(({ special }) => special).map(({ id }) => id),
    vocabularySize: largest + 1,
  };
}

function checkVocabulary(model: JsonObject): readonly number[] {
  const vocabulary = model['vocab'];
  if (!isJsonObject(vocabulary)) throw invalid('"model.vocab" must be an object of tokens and ids');
  const ids = Object.entries(vocabulary).map(([token, id]) => checkId(id, `token ${JSON.stringify(token)}`));
  if (new Set(ids).size !== ids.length) throw invalid('"model.vocab" gives one id to two tokens');
  return ids;
}

function checkPieces(model: JsonObject): readonly number[] {
  const pieces = model['vocab'];
  const isPiece = (piece: unknown): boolean => Array.isArray(piece) && typeof piece[0] === 'string' && typeof piece[1] === 'number';
  if (!Array.isArray(pieces) || !pieces.every(isPiece)) throw invalid('"model.vocab" must be a list of pieces and scores');
  return pieces.map((_, id) => checkId(id, 'a piece'));
}

function checkMerges(model: JsonObject): void {
  const merges = model['merges'];
  const isMerge = (merge: unknown): boolean =>
    typeof merge === 'string'
      ? merge.includes(' ')
      : Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === 'string');
  if (!Array.isArray(merges) || !merges.every(isMerge)) throw invalid('"model.merges" must be a list of pairs');
  const vocabulary = model['vocab'];
  if (!isJsonObject(vocabulary)) return;
  for (const merge of merges as readonly (string | readonly string[])[]) {
    const [first = '', second = ''] = typeof merge === 'string' ? merge.split(' ') : merge;
    const missing = [first, second].find((part) => !Object.hasOwn(vocabulary, part));
    // The reference refuses such a file; the library here would pass over the pair, and give other ids.
    if (missing !== undefined) throw invalid(`"model.merges" joins ${JSON.stringify(missing)}, which is no token of "model.vocab"`);
  }
}

function checkPatterns({ normalizer, pre_tokenizer, post_processor, decoder }: JsonObject): void {
  const unsafe = findUnsafePattern([normalizer, pre_tokenizer, post_processor, decoder]);
  if (unsafe === null) return;
  throw invalid(
    `the pattern ${JSON.stringify(unsafe.slice(0, 200))} repeats what repeats already, and some texts would keep it busy for years`,
  );
}

function checkAddedTokens(value: unknown): readonly { id: number; special: boolean }[] {
  if (!Array.isArray(value)) throw invalid('"added_tokens" must be a list');
  return value.map((entry: unknown) => {
    const content = isJsonObject(entry) ? entry['content'] : undefined;
    if (!isJsonObject(entry) || typeof content !== 'string' || content === '') throw invalid('an added token needs its "content"');
    return { id: checkId(entry['id'], `added token ${JSON.stringify(content)}`), special: entry['special'] === true };
  });
}

function checkId(id: unknown, what: string): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < mostTokens) return id;
  throw invalid(`${what} must have a whole number from 0 to ${String(mostTokens - 1)} as id, got ${JSON.stringify(id)}`);
}

function invalid(what: string): StudioError {
  return new StudioError('file-invalid', `tokenizer.json: ${what}; take the file again from where the model came from`, {
    details: { file: 'tokenizer.json' },
  });
}
