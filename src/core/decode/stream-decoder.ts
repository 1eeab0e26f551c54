/** @file Turns token ids into text as they come, without broken characters. */

/** Decodes a list of token ids; the same as a tokenizer's own. */
export type Decode = (ids: readonly number[]) => string;

/** Text that grows token by token; the pieces joined are the decoding of all tokens. */
export interface StreamDecoder {
  /** Takes a token and gives the text that it completes: '' while a character lacks bytes. */
  push(id: number): string;
  /** Gives what was held back, with replacement characters for bytes that never made a character. */
  finish(): string;
}

/** What UTF-8 decoders write where bytes make no character, or none yet. */
const replacement = '\uFFFD';

/**
 * Makes a decoder of a stream of tokens.
 *
 * A token's text can depend on its left neighbour (a decoder strips the first space), so each is decoded together with
 * those of the step before, whose text is then taken off.
 */
export function makeStreamDecoder(decode: Decode): StreamDecoder {
  let settled: number[] = []; // given out already, kept as left neighbours
  let waiting: number[] = [];
  const release = (): string => {
    const piece = decode([...settled, ...waiting]).slice(decode(settled).length);
    // Ids that decode to nothing wait for more: as left neighbours they would not keep a space from being stripped.
    if (piece === '') return '';
    settled = waiting;
    waiting = [];
    return piece;
  };
  return {
    push: (id) => {
      waiting.push(id);
      return decode([...settled, ...waiting]).endsWith(replacement) ? '' : release();
    },
    finish: () => (waiting.length === 0 ? '' : release()),
  };
}
