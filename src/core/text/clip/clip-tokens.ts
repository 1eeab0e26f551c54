/**
 * @file Cuts captions into the tokens of CLIP's text encoder: of them image models such as Stable Diffusion read 77.
 *
 * @source openai/CLIP clip/simple_tokenizer.py; normalisation as in transformers' CLIPTokenizer: NFC, blanks, small letters
 */

import { StudioError } from '../../error.ts';

/** So many tokens are read, the marks of beginning and end among them. */
export const clipTokenLimit = 77;

/** CLIP's tokenizer. */
export interface ClipTokenizer {
  /** Gives a text's ids, without the marks of beginning and end. */
  readonly encode: (text: string) => readonly number[];
  /** Counts a text's tokens with the two marks. */
  readonly count: (text: string) => number;
}

const mergeCount = 48_894;

/**
 * Makes the tokenizer from its list of merges, a pair a line.
 *
 * @throws {StudioError} 'file-invalid' when it is another list
 */
export function createClipTokenizer(merges: string): ClipTokenizer {
  const pairs = merges.trimEnd().split('\n');
  if (pairs.length !== mergeCount) {
    throw new StudioError('file-invalid', `merges.txt: ${String(pairs.length)} merges, expected ${String(mergeCount)}; download it again`);
  }
  const ranks = new Map(pairs.map((pair, rank) => [pair, rank]));
  const signs = byteSigns();
  const ids = new Map<string, number>();
  for (const end of ['', wordEnd]) for (const sign of signs.order) ids.set(sign + end, ids.size);
  for (const pair of pairs) ids.set(pair.replace(' ', ''), ids.size);
  const known = new Map<string, readonly number[]>();
  const encodeWord = (word: string): readonly number[] => {
    let found = known.get(word);
    if (found === undefined) {
      const letters = [...new TextEncoder().encode(word)].map((byte) => signs.ofByte[byte] ?? '');
      found = mergeParts(letters, ranks).map((part) => ids.get(part) ?? 0);
      if (known.size < maxKnown) known.set(word, found);
    }
    return found;
  };
  const encode = (text: string): readonly number[] => {
    const plain = text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim().toLowerCase();
    return (plain.match(wordPattern) ?? []).flatMap(encodeWord);
  };
  return { encode, count: (text) => encode(text).length + 2 };
}

const wordEnd = '</w>';

/** Words that are remembered: those of a large data set, and no endless list. */
const maxKnown = 100_000;

const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/** Joins the pair that was learned first, again and again. */
function mergeParts(letters: readonly string[], ranks: ReadonlyMap<string, number>): readonly string[] {
  let parts = [...letters.slice(0, -1), `${letters.at(-1) ?? ''}${wordEnd}`];
  for (;;) {
    let best = Infinity;
    for (let i = 0; i + 1 < parts.length; i++) best = Math.min(best, ranks.get(`${parts[i] ?? ''} ${parts[i + 1] ?? ''}`) ?? Infinity);
    if (best === Infinity) return parts;
    const joined: string[] = [];
    for (let i = 0; i < parts.length; i++) {
      const [part = '', next] = [parts[i], parts[i + 1]];
      if (next !== undefined && ranks.get(`${part} ${next}`) === best) {
        joined.push(part + next);
        i++;
      } else {
        joined.push(part);
      }
    }
    parts = joined;
  }
}

interface ByteSigns {
  readonly ofByte: readonly string[];
  /** The signs in the order of their ids. */
  readonly order: readonly string[];
}

/** Every byte has a sign that can be printed: its own letter where it has one, otherwise one from U+0100 on. */
function byteSigns(): ByteSigns {
  const isPrinted = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const ofByte: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) ofByte.push(String.fromCharCode(isPrinted(byte) ? byte : next++));
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const order = [...bytes.filter(isPrinted), ...bytes.filter((byte) => !isPrinted(byte))].map((byte) => ofByte[byte] ?? '');
  return { ofByte, order };
}
