/** @file Which characters a dot, a class or an escape stands for: the engine's own answer, asked for one character at a time. */

import type { PatternFlags } from './syntax.ts';

/**
 * Makes a test of single characters from a class such as `[a-z]`, an escape such as `\d`, or a dot. On one character no expression runs away.
 *
 * @throws {SyntaxError} where the engine does not know it
 */
export function acceptClass(source: string, { ignoreCase, dotAll }: PatternFlags): (codePoint: number) => boolean {
  const expression = new RegExp(`^${source}$`, `u${ignoreCase === true ? 'i' : ''}${dotAll === true ? 's' : ''}`);
  const known = new Map<number, boolean>();
  return (codePoint) => {
    let answer = known.get(codePoint);
    if (answer === undefined) {
      answer = expression.test(String.fromCodePoint(codePoint));
      known.set(codePoint, answer);
    }
    return answer;
  };
}

/** Makes a test for one character. */
export function acceptLiteral(wanted: number, flags: PatternFlags): (codePoint: number) => boolean {
  if (flags.ignoreCase !== true) return (codePoint) => codePoint === wanted;
  return acceptClass(`\\u{${wanted.toString(16)}}`, flags);
}
