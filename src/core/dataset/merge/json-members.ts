/** @file Members of a JSON object and elements of a list with the text that they have in the file, so that what is not changed stays as it was written. */

/** A stretch of text. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** A member and where its value stands. */
export interface TextMember extends TextSpan {
  readonly key: string;
}

/** A stretch of text that another takes the place of. */
export interface TextEdit extends TextSpan {
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

/** Lists the elements of the list that begins at a place; the text must be JSON. */
export function listElements(text: string, from = 0): readonly TextSpan[] {
  const elements: TextSpan[] = [];
  let at = skipBlanks(text, text.indexOf('[', from) + 1);
  while (at < text.length && text.charAt(at) !== ']') {
    const end = skipValue(text, at);
    elements.push({ start: at, end });
    const next = skipBlanks(text, end);
    at = text.charAt(next) === ',' ? skipBlanks(text, next + 1) : next;
  }
  return elements;
}

/** Gives the text of an object with other values, those that it has not yet behind the others; the rest stays as it is written. */
export function setMembers(text: string, changes: ReadonlyMap<string, unknown>): string {
  const members = listMembers(text);
  const here = new Set(members.map(({ key }) => key));
  const edits: TextEdit[] = members.flatMap(({ key, start, end }) =>
    changes.has(key) ? [{ start, end, text: JSON.stringify(changes.get(key)) }] : [],
  );
  const colon = /"\s*:\s/u.test(text) ? ': ' : ':';
  const added = [...changes]
    .filter(([key]) => !here.has(key))
    .map(([key, value]) => `${JSON.stringify(key)}${colon}${JSON.stringify(value)}`);
  const last = members.at(-1);
  if (added.length > 0) {
    const at = last?.end ?? text.indexOf('{') + 1;
    const gap = colon === ':' ? ',' : ', ';
    edits.push({ start: at, end: at, text: (last === undefined ? '' : gap) + added.join(gap) });
  }
  // An addition behind a member that changes, too, is one edit with it.
  return editText(text, joinTouching(edits));
}

function joinTouching(edits: readonly TextEdit[]): readonly TextEdit[] {
  const joined: TextEdit[] = [];
  for (const edit of edits) {
    const before = joined.at(-1);
    if (before !== undefined && before.end === edit.start && edit.start === edit.end) {
      joined[joined.length - 1] = { ...before, text: before.text + edit.text };
    } else joined.push(edit);
  }
  return joined;
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
