/** @file METEOR's English normaliser: a Moses tokenizer with quotes and dashes made plain, in lower case. */

/** Words before a dot that do not end a sentence: always, or only where a number follows. */
export type NonbreakingPrefixes = ReadonlyMap<string, 'always' | 'before-number'>;

// The jar lists letters by range, and its idea of white space is ASCII: what lies outside becomes a word of its own.
const letters = 'A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ꙾-ꚗᴀ-ᵿ';
const javaSpace = ' \\t\\n\\v\\f\\r';
/** Stands for a dot of a run of dots while single dots are looked at: a code point that no text may hold. */
const heldDot = '\uFDD0';

const symbol = new RegExp(`([^0-9${letters}${javaSpace}.'\`,\\-‘’])`, 'gu');
const dotRun = /\.{2,}/gu;
/** Replacements in the order in which they must run; several only work because of what came before. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/([^0-9]),([^0-9])/gu, '$1 , $2'],
  [/([0-9]),([^0-9])/gu, '$1 , $2'],
  [/([^0-9]),([0-9])/gu, '$1 , $2'],
  [/[`‘’]/gu, "'"],
  [/[“”]|''/gu, ' " '],
  [/–/gu, '-'],
  [/--/gu, '-'],
  [new RegExp(`([0-9${letters}.])-([0-9${letters}])`, 'gu'), '$1 $2'],
  [new RegExp(`([^${letters}])'([^${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([^${letters}0-9])'([${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letters}])'([^${letters}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letters}])'([${letters}])`, 'gu'), "$1 '$2"],
  [/([0-9])'(s)/gu, "$1 '$2"],
];
const anyLetter = new RegExp(`[${letters}]`, 'u');
const javaTokenGap = /[ \t\n\r\f]+/u;
const unicodeSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/gu;
const plainWords = /^[a-z0-9 ]*$/u;

/**
 * Splits a caption into METEOR's words, punctuation kept, in lower case.
 *
 * @source METEOR 1.5, `-l en -norm`
 */
export function normalizeForMeteor(text: string, prefixes: NonbreakingPrefixes): readonly string[] {
  if (plainWords.test(text)) return tokens(text); // nothing below would touch it, and most captions are like this
  let line = ` ${text} `.replace(symbol, ' $1 ').replace(dotRun, (run) => ` ${heldDot.repeat(run.length)} `);
  for (const [pattern, replacement] of replacements) line = line.replace(pattern, replacement);
  const words = tokens(line);
  const split = words.map((word, index) => splitFinalDot(word, words[index + 1], prefixes)).join(' ');
  return tokens(split.replaceAll(heldDot, '.').replace(unicodeSpaces, ' ').toLowerCase());
}

function tokens(line: string): readonly string[] {
  return line.split(javaTokenGap).filter((word) => word !== '');
}

/** Takes a dot off the end of a word unless it belongs to it; abbreviations with inner dots lose all of them. */
function splitFinalDot(word: string, next: string | undefined, prefixes: NonbreakingPrefixes): string {
  if (word.length < 2 || !word.endsWith('.')) return word;
  const stem = word.slice(0, -1);
  if (stem.includes('.') && anyLetter.test(stem)) return word.replaceAll('.', '');
  const prefix = prefixes.get(stem);
  if (prefix === 'always' || (next !== undefined && /^[a-z]/u.test(next))) return word;
  if (prefix === 'before-number' && next !== undefined && /^[0-9]/u.test(next)) return word;
  return `${stem} .`;
}
