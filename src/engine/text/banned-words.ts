/** @file Banned words as sequences of token ids. */

import type { TextTokenizer } from './tokenizer.ts';

/** More ways than any real word has in vocabularies seen; beyond, the shortest ways are kept. */
const mostWays = 2000;

/**
 * Gives every way in which a model could spell words in tokens, so that none of them can be completed.
 *
 * A ban of the usual spelling alone is no ban: a model whose ` dog` is taken away writes ` d` and `og`. Each word is
 * banned as written and with a capital, at the start of a text and after a space; a longer word that is one token of
 * its own stays allowed, one that is spelled from the banned word and an ending does not.
 */
export function encodeBannedWords(tokenizer: TextTokenizer, words: readonly string[]): readonly (readonly number[])[] {
  const sequences = words.flatMap((word) => writings(word.trim()).flatMap((written) => spellings(tokenizer, written)));
  return [...new Map(sequences.map((sequence) => [sequence.join(' '), sequence])).values()];
}

function writings(word: string): readonly string[] {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return [...new Set([word, capital])].flatMap((written) => [written, ` ${written}`]);
}

function spellings(tokenizer: TextTokenizer, written: string): readonly (readonly number[])[] {
  const usual = tokenizer.encode(written, { special: false });
  // The vocabulary's own alphabet: byte-level BPE writes a space as 'Ġ', SentencePiece as '▁'.
  const surface = usual.map((id) => tokenizer.tokenOf(id) ?? '').join('');
  if (usual.length === 0) return [];
  // Tokens of unknown characters and of single bytes (<0xC3>) do not spell the word: there is no other way to find.
  const isSpelled = !/<0x[0-9A-F]{2}>/.test(surface) && tokenizer.decode(usual).trim() === written.trim();
  return isSpelled ? [usual, ...waysToCut(tokenizer, surface)] : [usual];
}

/** Finds the ways to cut a spelling, written in the vocabulary's own alphabet, into tokens, fewest tokens first. */
export function waysToCut(tokenizer: TextTokenizer, surface: string): readonly (readonly number[])[] {
  let open: { at: number; ids: readonly number[] }[] = [{ at: 0, ids: [] }];
  const ways: (readonly number[])[] = [];
  while (open.length > 0 && ways.length < mostWays) {
    const longer: typeof open = [];
    for (const { at, ids } of open) {
      for (let end = at + 1; end <= surface.length && longer.length < mostWays; end += 1) {
        const id = tokenizer.idOf(surface.slice(at, end));
        if (id === null) continue;
        if (end === surface.length) ways.push([...ids, id]);
        else longer.push({ at: end, ids: [...ids, id] });
      }
    }
    open = longer;
  }
  return ways;
}
