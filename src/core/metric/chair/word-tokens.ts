/** @file Words as NLTK cuts them; CHAIR looks for objects among these, not among the tokens of the other metrics. */

/** A change to the whole text; the order of the changes matters. */
type Rewrite = readonly [pattern: RegExp, replacement: string];

/** Before blanks are put around the sentence: opening quotes, punctuation, brackets, dashes. */
const firstRewrites: readonly Rewrite[] = [
  [/([«“‘„]|`+)/gu, ' $1 '],
  [/^"/gu, '``'],
  [/(``)/gu, ' $1 '],
  [/([ ([{<])("|'{2})/gu, '$1 `` '],
  [/(')(?!re|ve|ll|m|t|s|d|n)([\p{L}\p{N}_])(?![\p{L}\p{N}_])/giu, '$1 $2'],
  [/([^.])(\.)([\])}>"'»”’ ]*)\s*$/gu, '$1 $2 $3 '],
  [/([:,])([^\d])/gu, ' $1 $2'],
  [/([:,])$/gu, ' $1 '],
  [/\.{2,}/gu, ' $& '],
  [/[;@#$%&]/gu, ' $& '],
  [/([^.])(\.)([\])}>"']*)\s*$/gu, '$1 $2$3 '],
  [/[?!]/gu, ' $& '],
  [/([^'])' /gu, "$1 ' "],
  [/[*]/gu, ' $& '],
  [/[\][(){}<>]/gu, ' $& '],
  [/--/gu, ' -- '],
];

/** Afterwards: closing quotes, clitics, words that are two. */
const lastRewrites: readonly Rewrite[] = [
  [/([»”’])/gu, ' $1 '],
  [/''/gu, " '' "],
  [/"/gu, " '' "],
  [/\s+/gu, ' '],
  [/([^' ])('[smd]|') /giu, '$1 $2 '],
  [/([^' ])('ll|'re|'ve|n't) /giu, '$1 $2 '],
  [/\b(can)(not)\b/giu, ' $1 $2 '],
  [/\b(d)('ye)\b/giu, ' $1 $2 '],
  [/\b(gim|lem)(me)\b/giu, ' $1 $2 '],
  [/\b(gon)(na)\b/giu, ' $1 $2 '],
  [/\b(got)(ta)\b/giu, ' $1 $2 '],
  [/\b(more)('n)\b/giu, ' $1 $2 '],
  [/\b(wan)(na)(?=\s)/giu, ' $1 $2 '],
  [/ ('t)(is|was)\b/giu, ' $1 $2 '],
];

/**
 * Cuts a text into words. Sentences end after `.`, `!` or `?` with a blank behind.
 *
 * @source NLTK 3.10.4 `word_tokenize`, but with that rule in place of its trained sentence splitter
 */
export function nltkWords(text: string): readonly string[] {
  return text.split(/(?<=[.!?])\s+/u).flatMap((sentence) => {
    const padded = ` ${rewrite(sentence, firstRewrites)} `;
    return rewrite(padded, lastRewrites)
      .split(/\s+/u)
      .filter((word) => word !== '');
  });
}

function rewrite(text: string, rewrites: readonly Rewrite[]): string {
  return rewrites.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), text);
}
