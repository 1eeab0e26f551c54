/** @file A small notation for regular languages over UTF-16 code units: what a token looks like, said with functions instead of a grammar file. */

/** Tells whether a UTF-16 code unit belongs to a set. */
export type CharTest = (code: number) => boolean;

/** A regular language; made with the functions below and compiled by `compileMatcher`. */
export type Pattern =
  | { readonly kind: 'set'; readonly has: CharTest }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly atLeast: number; readonly atMost: number };

/**
 * Matches one code unit of the listed ones. `a-z` is a range (a hyphen at either end is itself); capitals are told apart.
 */
export function oneOf(spec: string): Pattern {
  const ranges = readRanges(spec);
  return { kind: 'set', has: (code) => ranges.some(([first, last]) => code >= first && code <= last) };
}

/** Matches one code unit that is not listed. */
export function noneOf(spec: string): Pattern {
  const ranges = readRanges(spec);
  return { kind: 'set', has: (code) => !ranges.some(([first, last]) => code >= first && code <= last) };
}

/** Matches one code unit that passes a Unicode property expression, such as a letter; halves of surrogate pairs never pass. */
export function unicode(property: RegExp): Pattern {
  return { kind: 'set', has: (code) => (code < 0xd800 || code > 0xdfff) && property.test(String.fromCharCode(code)) };
}

/** Matches a text in whatever mixture of capitals and small letters. */
export function text(literal: string): Pattern {
  return {
    kind: 'sequence',
    parts: [...literal].map((char) => {
      const forms = new Set([char.charCodeAt(0), char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)]);
      return { kind: 'set', has: (code: number) => forms.has(code) } as const;
    }),
  };
}

/** Matches one of the words of a list separated by blanks, in whatever capitals; `?` makes the letter before it optional, `^` keeps the case of the letter after it. */
export function words(list: string): Pattern {
  return choice(...list.split(/\s+/u).filter(Boolean).map(wordPattern));
}

/** Matches its parts one after the other; a string among them is `text`. */
export function sequence(...parts: readonly (Pattern | string)[]): Pattern {
  return { kind: 'sequence', parts: parts.map(asPattern) };
}

/** Matches any one of its options. */
export function choice(...options: readonly (Pattern | string)[]): Pattern {
  return { kind: 'choice', options: options.map(asPattern) };
}

/** Matches the part between `atLeast` and `atMost` times, both inclusive. */
export function repeat(part: Pattern | string, atLeast: number, atMost: number): Pattern {
  return { kind: 'repeat', part: asPattern(part), atLeast, atMost };
}

/** Matches the part any number of times, also not at all. */
export function any(part: Pattern | string): Pattern {
  return repeat(part, 0, Infinity);
}

/** Matches the part once or more often. */
export function some(part: Pattern | string): Pattern {
  return repeat(part, 1, Infinity);
}

/** Matches the part or nothing. */
export function maybe(part: Pattern | string): Pattern {
  return repeat(part, 0, 1);
}

function asPattern(part: Pattern | string): Pattern {
  return typeof part === 'string' ? text(part) : part;
}

function wordPattern(word: string): Pattern {
  const parts: Pattern[] = [];
  for (let i = 0; i < word.length; i++) {
    const char = word.charAt(i);
    if (char === '?') parts.push(maybe(parts.pop() ?? text('')));
    else if (char === '^') parts.push(oneOf(word.charAt(++i)));
    else parts.push(text(char));
  }
  return { kind: 'sequence', parts };
}

function readRanges(spec: string): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let i = 0; i < spec.length; i++) {
    const first = spec.charCodeAt(i);
    if (spec.charAt(i + 1) === '-' && i + 2 < spec.length) {
      ranges.push([first, spec.charCodeAt(i + 2)]);
      i += 2;
    } else {
      ranges.push([first, first]);
    }
  }
  return ranges;
}
