/** @file Finds where JSON is broken; engines word their messages differently and often leave the place out. */

/** What a value may begin with or be. */
const token =
  /\s*(?<token>"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:])/uy;

/** What may come next: a value, a value or the end of a list, a key, a key or the end of an object, a colon, a comma or an end, nothing. */
type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/** Gives the place of the first character that cannot stand where it is, or null for valid JSON. */
export function findJsonError(text: string): number | null {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    const blanks = /\s*/uy;
    blanks.lastIndex = at;
    blanks.exec(text);
    at = blanks.lastIndex;
    if (at === text.length) return expected === 'nothing' ? null : at;
    token.lastIndex = at;
    const found = token.exec(text)?.groups?.['token'];
    const next: Expected | null = found === undefined ? null : advance(found, expected, open);
    if (found === undefined || next === null) return at;
    expected = next;
    at += found.length;
  }
}

/** Goes on by a token; null where it cannot stand there. Opens and closes brackets in `open`. */
function advance(found: string, expected: Expected, open: string[]): Expected | null {
  const takesValue = expected === 'value' || expected === 'value-or-end';
  const takesEnd = expected === 'comma-or-end' || expected === 'value-or-end' || expected === 'key-or-end';
  switch (found) {
    case '{':
    case '[':
      if (!takesValue) return null;
      open.push(found);
      return found === '{' ? 'key-or-end' : 'value-or-end';
    case '}':
    case ']':
      if (!takesEnd || open.pop() !== (found === '}' ? '{' : '[')) return null;
      return afterValue(open);
    case ',':
      if (expected !== 'comma-or-end') return null;
      return open.at(-1) === '{' ? 'key' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : null;
    default:
      if (expected === 'key' || expected === 'key-or-end') return found.startsWith('"') ? 'colon' : null;
      return takesValue ? afterValue(open) : null;
  }
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'nothing' : 'comma-or-end';
}
