/** @file Looks for a word in a text as people would: whole, in any case, in any script. */

/**
 * Where a word stands: 'within' a text for good, 'at the end' of it, where more letters could still make it another word, or nowhere.
 */
export type WordPlace = 'within' | 'at the end' | 'missing';

/** Letters, digits, marks and the low line; a character whose bytes have not all come may yet be one. */
const wordCharacter = /[\p{L}\p{N}\p{M}_\uFFFD]/u;

/** Scripts that are written without spaces: a word of theirs has no border that could be seen. */
const spaceless = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** Makes texts comparable: one form of each character, lower case, one space where there is white space. */
export function foldText(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ');
}

/** Finds the best place of a word, which may be several words, in a text. */
export function placeOfWord(text: string, word: string): WordPlace {
  const within = foldText(text);
  const wanted = foldText(word).trim();
  if (wanted === '') return 'within';
  let best: WordPlace = 'missing';
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (isJoined(lastCharacter(within.slice(0, at)), firstCharacter(wanted))) continue;
    if (end === within.length && isJoined(lastCharacter(wanted), 'x')) best = 'at the end';
    else if (!isJoined(lastCharacter(wanted), firstCharacter(within.slice(end)))) return 'within';
  }
  return best;
}

/** Tells whether a text has a word, whole and in any case. */
export function hasWord(text: string, word: string): boolean {
  return placeOfWord(text, word) !== 'missing';
}

/** Tells whether a piece of text would make the word before it longer. */
export function beginsInWord(piece: string): boolean {
  return wordCharacter.test(firstCharacter(piece));
}

/** Tells whether two characters side by side belong to one word. */
function isJoined(before: string, after: string): boolean {
  return wordCharacter.test(before) && wordCharacter.test(after) && !spaceless.test(before) && !spaceless.test(after);
}

function firstCharacter(text: string): string {
  return /^./su.exec(text)?.[0] ?? '';
}

function lastCharacter(text: string): string {
  return /.$/su.exec(text.slice(-2))?.[0] ?? '';
}
