/** @file Finds where JSON is broken; engines word their messages differently and often leave the place out. */

/** A sign, a number or a word. */
const plainToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:]/uy;

/** What a backslash in a text may stand before. */
const escaped = /["\\/bfnrt]|u[0-9a-fA-F]{4}/uy;

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
    const end = text.charAt(at) === '"' ? endOfText(text, at) : endOf(plainToken, text, at);
    const next: Expected | null = end === null ? null : advance(text.slice(at, end), expected, open);
    if (end === null || next === null) return at;
    expected = next;
    at = end;
  }
}

/** Finds the end of a text in quotes, sign by sign: of one of many megabytes, an expression would fill the stack. */
function endOfText(text: string, start: number): number | null {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === 0x22) return at + 1;
    if (sign < 0x20) return null;
    if (sign !== 0x5c) continue;
    const end = endOf(escaped, text, at + 1);
    if (end === null) return null;
    at = end - 1;
  }
  return null;
}

function endOf(pattern: RegExp, text: string, start: number): number | null {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : null;
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
