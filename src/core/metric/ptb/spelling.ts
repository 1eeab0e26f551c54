/** @file How recognised tokens are written: the conventions of the Penn Treebank for quotes, brackets, currency, dashes and dots. */

/** Removes soft hyphens; a token of nothing else is a hyphen. */
export function dropSoftHyphens(token: string): string {
  return token.replaceAll('\u00AD', '') || '-';
}

/** Writes blanks inside of a token as no-break spaces, so that a blank always ends a token. */
export function bindBlanks(token: string): string {
  return token.replaceAll(' ', '\u00A0');
}

/** Writes round brackets as `-LRB-` and `-RRB-`. */
export function nameParentheses(token: string): string {
  return token.replaceAll('(', '-LRB-').replaceAll(')', '-RRB-');
}

/** Writes a bracket by its name in the treebank. */
export function nameBracket(token: string): string {
  return bracketNames[token] ?? token;
}

/** Writes the ampersand's entity as the sign. */
export function plainAmpersand(token: string): string {
  return token.replaceAll(/&amp;/giu, '&');
}

/** Writes a sign for smaller or greater that may be an entity. */
export function plainAngle(token: string): string {
  return token === '<' || token.toLowerCase() === '&lt;' ? '<' : '>';
}

/** Writes currency as the treebank of 1987 could: the pound is `#`, the euro a dollar, cents are spelled out. */
export function spellCurrency(token: string): string {
  return currencyNames[token] ?? token;
}

/** Writes a composed fraction with digits; those beyond thirds and quarters stay. */
export function spellFraction(token: string): string {
  return fractionNames[token] ?? token;
}

/** Writes three or four hyphens as a dash; other lengths stay. */
export function shortenHyphens(token: string): string {
  return token.length === 3 || token.length === 4 ? '--' : token;
}

/** Writes quotes as in LaTeX; straight ones have no side, so the caller says which it probably is. */
export function spellQuotes(token: string, isOpening: boolean): string {
  return token
    .replaceAll(/&apos;|'/giu, isOpening ? '`' : "'")
    .replaceAll(/"|&quot;/giu, isOpening ? '``' : "''")
    .replaceAll(/[\u0091\u2018\u201B\u2039]/gu, '`')
    .replaceAll(/[\u0092\u2019\u203A]/gu, "'")
    .replaceAll(/[\u0093\u201C\u00AB]/gu, '``')
    .replaceAll(/[\u0094\u201D\u00BB]/gu, "''");
}

const bracketNames: Readonly<Record<string, string>> = {
  '(': '-LRB-',
  ')': '-RRB-',
  '[': '-LSB-',
  ']': '-RSB-',
  '{': '-LCB-',
  '}': '-RCB-',
};
const currencyNames: Readonly<Record<string, string>> = {
  '\u00A2': 'cents',
  '\u00A3': '#',
  '\u0080': '$',
  '\u00A4': '$',
  '\u20A0': '$',
  '\u20AC': '$',
};
const fractionNames: Readonly<Record<string, string>> = {
  '\u00BC': '1/4',
  '\u00BD': '1/2',
  '\u00BE': '3/4',
  '\u2153': '1/3',
  '\u2154': '2/3',
};
