/** @file Captions made up from a fixed vocabulary, the same ones each time. */
import { readFileSync } from 'node:fs';
import { makeRandom } from '../../src/core/tensor/random.ts';

/**
 * Makes captions as people write them: the example's of coco-caption, half of their words exchanged at random.
 *
 * @param wordCount 0 for as many words as the example's have, about 11; more are joined from several
 */
export function makeCaptions(count: number, wordCount = 0): readonly string[] {
  const lines = readFileSync(new URL('test/fixtures/metrics/fakecap-100.jsonl', `file://${process.cwd()}/`), 'utf8')
    .trim()
    .split('\n');
  const sources = lines.flatMap((line) => (JSON.parse(line) as { readonly refs: readonly string[] }).refs);
  const pool = sources.join(' ').split(/\s+/u);
  const random = makeRandom(1);
  const pick = (list: readonly string[]): string => list[Math.floor(random.nextUniform() * list.length)] ?? '';
  const makeOne = (): string[] =>
    pick(sources)
      .split(/\s+/u)
      .map((word) => (random.nextUniform() < 0.5 ? pick(pool) : word));
  return Array.from({ length: count }, () => {
    const words = makeOne();
    while (words.length < wordCount) words.push(...makeOne());
    return words.slice(0, wordCount === 0 ? undefined : wordCount).join(' ');
  });
}
