/** @file Which characters a dot, a class or an escape stands for: the engine's own answer, asked for one character at a time. */

import type { PatternFlags } from './syntax.ts';

/**
 * Makes a test of single characters from a class such as `[a-z]`, an escape such as `\d`, or a dot. On one character no expression runs away.
 *
 * @throws {SyntaxError} where the engine does not know it
 */
export function acceptClass(source: string, { ignoreCase, dotAll }: PatternFlags): (codePoint: number) => boolean {
  const expression = new RegExp(`^${source}$`, `u${ignoreCase === true ? 'i' : ''}${dotAll === true ? 's' : ''}`);
  const common = new Int8Array(commonCount); // 0 unknown, 1 accepted, -1 not
  const others = new Map<number, boolean>();
  return (codePoint) => {
    const known = codePoint < commonCount ? common[codePoint] : undefined;
    if (known === 1 || known === -1) return known === 1;
    const answer = others.get(codePoint) ?? expression.test(String.fromCodePoint(codePoint));
    if (codePoint < commonCount) common[codePoint] = answer ? 1 : -1;
    else others.set(codePoint, answer);
    return answer;
  };
}

/** Letters of Latin scripts are looked up in a table. */
const commonCount = 0x2_50;

/** Makes a test for one character. */
export function acceptLiteral(wanted: number, flags: PatternFlags): (codePoint: number) => boolean {
  if (flags.ignoreCase !== true) return (codePoint) => codePoint === wanted;
  return acceptClass(`\\u{${wanted.toString(16)}}`, flags);
}
