/** @file The classes of characters that the token rules are made of. */

import { choice, oneOf, sequence, unicode, words, type Pattern } from './pattern.ts';

/** Characters by the role that the tokenizer gives them. */
export interface Characters {
  /** A blank that is no line break. */
  readonly blank: Pattern;
  readonly newline: Pattern;
  /** A blank or a line break. */
  readonly white: Pattern;
  readonly digit: Pattern;
  /** A letter of any script, strictly. */
  readonly alphabetic: Pattern;
  /** A letter, a mark that sits on letters, a soft hyphen, or an accented letter written as an entity. */
  readonly letter: Pattern;
  readonly upper: Pattern;
  /** A letter or digit of ASCII. */
  readonly ascii: Pattern;
  /** What counts as an apostrophe. */
  readonly apostrophe: Pattern;
  /** An apostrophe or an opening quote that stands where an apostrophe should. */
  readonly looseApostrophe: Pattern;
  readonly hyphen: Pattern;
}

/** Makes the character classes. */
export function makeCharacters(): Characters {
  const blank = oneOf(' \t\u00A0\u2000-\u200A\u3000');
  const newline = choice(sequence('\r\n'), oneOf('\r\n\u2028\u2029\u000B\u000C\u0085'));
  const alphabetic = unicode(/\p{L}/u);
  const apostrophe = choice(oneOf("'\u0092\u2019"), '&apos;');
  return {
    blank,
    newline,
    white: choice(blank, newline),
    digit: choice(unicode(/\p{Nd}/u), oneOf('\u07C0-\u07C9')),
    alphabetic,
    letter: choice(alphabetic, oneOf(letterLike), sequence('&', oneOf('aeiouAEIOU'), words('acute grave uml'), ';')),
    upper: unicode(/\p{Uppercase}/u),
    ascii: oneOf('A-Za-z0-9'),
    apostrophe,
    looseApostrophe: choice(apostrophe, oneOf('`\u0091\u2018\u201B')),
    hyphen: oneOf('_\u058A\u2010\u2011-'),
  };
}

/**
 * Marks and modifier letters that are no letters in Unicode but part of words: combining accents, vowel signs of Hebrew, Arabic and Indic scripts,
 * and the soft hyphen. Thai and Lao marks are in, most later scripts are not: this is the reference's list and its limits show in its tokens.
 */
const letterLike =
  '\u00AD\u0237-\u024F\u02C2-\u02C5\u02D2-\u02DF\u02E5-\u02FF\u0300-\u036F\u0370-\u037D\u0384\u0385\u03CF\u03F6\u03FC-\u03FF' +
  '\u0483-\u0487\u04CF\u04F6-\u04FF\u0510-\u0525\u055A-\u055F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0615-\u061A' +
  '\u063B-\u063F\u064B-\u065E\u0670\u06D6-\u06EF\u06FA-\u06FF\u070F\u0711\u0730-\u074F\u0750-\u077F\u07A6-\u07B1\u07CA-\u07F5' +
  '\u07FA\u0900-\u0903\u093C\u093E-\u094E\u0951-\u0955\u0962-\u0963\u0981-\u0983\u09BC-\u09C4\u09C7\u09C8\u09CB-\u09CD\u09D7' +
  '\u09E2\u09E3\u0A01-\u0A03\u0A3C\u0A3E-\u0A4F\u0A81-\u0A83\u0ABC-\u0ACF\u0B82\u0BBE-\u0BC2\u0BC6-\u0BC8\u0BCA-\u0BCD' +
  '\u0C01-\u0C03\u0C3E-\u0C56\u0D3E-\u0D44\u0D46-\u0D48\u0E30-\u0E3A\u0E47-\u0E4E\u0EB1-\u0EBC\u0EC8-\u0ECD';

/** Symbols that stand alone as tokens: mathematics, arrows, currency-less signs, full-width punctuation. */
export const symbolSpec =
  '+%&~^|\\\u00A6\u00A7\u00A8\u00A9\u00AC\u00AE\u00AF\u00B0-\u00BA\u00D7\u00F7\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4\u0600-\u0603' +
  '\u0606-\u060A\u060C\u0614\u061B\u061E\u066A\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965\u0E4F\u1FBD\u2016\u2017\u2020-\u2023' +
  '\u2030-\u2038\u203B\u203E-\u2042\u2044\u207A-\u207F\u208A-\u208E\u2100-\u214F\u2190-\u2BFF\u3012\u30FB' +
  '\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65';

/** Single signs that end a sentence in some script. */
export const sentenceEndSpec = '.\u00A1\u00BF\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002';

/** Curly, low and angle quotes, single and double, in Unicode and at their places in Windows-1252; with the grave accent. */
export const quoteSpec = '`\u0091-\u0094\u2018-\u201F\u2039\u203A\u00AB\u00BB';

/** Currency signs that are tokens of their own; the rupee sign is not among them and vanishes. */
export const currencySpec = '\u00A2-\u00A5\u0080\u20A0\u20A4\u20AC\u060B\u0E3F\uFFE0\uFFE1\uFFE5\uFFE6';
