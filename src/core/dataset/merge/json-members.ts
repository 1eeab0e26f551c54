/** @file Members of a JSON object with the text that they have in the file, so that what is not changed stays as it was written. */

/** A member and where its value stands. */
export interface TextMember {
  readonly key: string;
  /** Of the value, within the text. */
  readonly start: number;
  readonly end: number;
}

/** A stretch of text that another takes the place of. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Lists the members of the object that begins at a place; the text must be JSON. */
export function listMembers(text: string, from = 0): readonly TextMember[] {
  const members: TextMember[] = [];
  let at = skipBlanks(text, text.indexOf('{', from) + 1);
  while (text.charAt(at) === '"') {
    const keyEnd = skipText(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const start = skipBlanks(text, text.indexOf(':', keyEnd) + 1);
    const end = skipValue(text, start);
    members.push({ key, start, end });
    const next = skipBlanks(text, end);
    at = text.charAt(next) === ',' ? skipBlanks(text, next + 1) : next;
  }
  return members;
}

/** Puts other texts in place of stretches, which do not overlap. */
export function editText(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: put } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, start), put);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}

function skipText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const sign = text.charAt(at);
    if (sign === '"') {
      at = skipText(text, at);
      continue;
    }
    if (depth === 0 && (sign === ',' || sign === '}' || sign === ']')) break;
    if (sign === '{' || sign === '[') depth++;
    if (sign === '}' || sign === ']') depth--;
    at++;
    if (depth === 0 && (sign === '}' || sign === ']')) break;
  }
  while (at > from && ' \t\r\n'.includes(text.charAt(at - 1))) at--;
  return at;
}
