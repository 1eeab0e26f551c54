/** @file Text to token ids and back, from a checkpoint's own tokenizer files. */

import { Tokenizer } from '@huggingface/tokenizers';
import { isJsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { checkTokenizerJson } from './tokenizer-json.ts';

/** A tokenizer as the engine sees it. */
export interface TextTokenizer {
  /** Encodes a text; `special` (true if left out) adds what the tokenizer puts around one, such as `<s>`. */
  readonly encode: (text: string, options?: { readonly special?: boolean }) => readonly number[];
  /** Decodes ids, leaving out special tokens (unless `special`) and ids that no token has. */
  readonly decode: (ids: readonly number[], options?: { readonly special?: boolean }) => string;
  /** Gives a token as the vocabulary spells it, or null where no token has the id. */
  readonly tokenOf: (id: number) => string | null;
  /** Gives the id of a token as the vocabulary spells it, or null. */
  readonly idOf: (token: string) => number | null;
  readonly bosId: number | null;
  /** Ids that end a text as far as the tokenizer knows; a generation config can know more. */
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  /** One more than the largest id. */
  readonly vocabularySize: number;
}

/**
 * Opens a tokenizer from the parsed contents of `tokenizer.json` and `tokenizer_config.json`.
 *
 * @throws {StudioError} 'file-invalid' when a file is not what it must be, or asks for something unknown
 */
export function openTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): TextTokenizer {
  const facts = checkTokenizerJson(tokenizerJson);
  if (!isJsonObject(tokenizerConfig)) throw new StudioError('file-invalid', 'tokenizer_config.json: an object in braces was expected');
  const library = openLibrary(facts.json, tokenizerConfig);
  const idOf = (token: string): number | null => library.token_to_id(token) ?? null;
  const namedId = (field: string): number | null => idOf(readTokenName(tokenizerConfig[field]));
  const specialIds = new Set<number | null>([...facts.specialIds, ...specialFields.map(namedId), ...namedIds(tokenizerConfig, idOf)]);
  const eosId = namedId('eos_token');
  return {
    encode: (text, options) => encode(library, text, options?.special ?? true),
    decode: (ids, options) => {
      const isShown = (id: number): boolean => library.id_to_token(id) !== undefined && (options?.special === true || !specialIds.has(id));
      const shown = ids.filter(isShown);
      return shown.length === 0 ? '' : library.decode(shown, { skip_special_tokens: false });
    },
    tokenOf: (id) => library.id_to_token(id) ?? null,
    idOf,
    bosId: namedId('bos_token'),
    eosIds: eosId === null ? [] : [eosId],
    padId: namedId('pad_token'),
    vocabularySize: facts.vocabularySize,
  };
}

const specialFields = ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token', 'mask_token'] as const;

function openLibrary(json: object, config: Readonly<Record<string, unknown>>): Tokenizer {
  try {
    // The reference joins no words by default; the library would, where a config says nothing.
    return new Tokenizer(json, { ...config, clean_up_tokenization_spaces: config['clean_up_tokenization_spaces'] ?? false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('file-invalid', `tokenizer.json: cannot be used (${reason})`, { cause, details: { file: 'tokenizer.json' } });
  }
}

function encode(library: Tokenizer, text: string, special: boolean): readonly number[] {
  if (text === '' && !special) return [];
  // A character outside of a vocabulary without an unknown token has no id; the reference drops it as well.
  const ids: readonly (number | undefined)[] = library.encode(text, { add_special_tokens: special }).ids;
  return ids.filter((id) => id !== undefined);
}

function namedIds(config: Readonly<Record<string, unknown>>, idOf: (token: string) => number | null): readonly (number | null)[] {
  const names = config['additional_special_tokens'];
  return Array.isArray(names) ? names.map((name: unknown) => idOf(readTokenName(name))) : [];
}

/** Reads a token's name from a config, where it is a text or an object with `content`; '' where there is none. */
export function readTokenName(value: unknown): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value['content'] === 'string' ? value['content'] : '';
}
