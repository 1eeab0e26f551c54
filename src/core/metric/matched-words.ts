/** @file Marks in a caption the words that stand in a reference, too, by the longest n-gram that they are part of. */

import { maxOrder } from './ngram.ts';

/** A stretch of a caption's text. */
export interface MarkedStretch {
  readonly text: string;
  /** How many words the longest shared n-gram over it has, 1 to 4; 0 where no reference has the word. */
  readonly order: number;
}

/**
 * Finds for each word of a caption the longest n-gram over it that some reference has.
 *
 * @shape tokens [N], references [references][any] → [N], each 0 to 4
 */
export function matchOrders(tokens: readonly string[], references: readonly (readonly string[])[]): readonly number[] {
  const known = new Set(references.flatMap((words) => [...ngramsOf(words)].map(({ key }) => key)));
  const orders = new Array<number>(tokens.length).fill(0);
  for (const { key, start, order } of ngramsOf(tokens)) {
    if (!known.has(key)) continue;
    for (let i = start; i < start + order; i++) orders[i] = Math.max(orders[i] ?? 0, order);
  }
  return orders;
}

/**
 * Brings marks of tokens back onto the text as it was written. Tokens that the tokenizer made up (`-lrb-`) are passed over; a blank between
 * two words of one mark belongs to it.
 */
export function markText(text: string, tokens: readonly string[], orders: readonly number[]): readonly MarkedStretch[] {
  const lower = text.toLowerCase();
  const stretches: { text: string; order: number }[] = [];
  const add = (part: string, order: number): void => {
    const last = stretches.at(-1);
    if (part === '') return;
    if (last?.order === order) last.text += part;
    else stretches.push({ text: part, order });
  };
  let end = 0;
  tokens.forEach((token, i) => {
    const start = lower.indexOf(token, end);
    // A token that is far away is another word that happens to hold these letters.
    if (start < 0 || start - end > farAway) return;
    const order = orders[i] ?? 0;
    const gap = text.slice(end, start);
    add(gap, gap.trim() === '' && stretches.at(-1)?.order === order ? order : 0);
    add(text.slice(start, start + token.length), order);
    end = start + token.length;
  });
  add(text.slice(end), 0);
  return stretches;
}

const farAway = 12;

function* ngramsOf(words: readonly string[]): Generator<{ readonly key: string; readonly start: number; readonly order: number }> {
  for (let start = 0; start < words.length; start++) {
    for (let order = 1; order <= maxOrder && start + order <= words.length; order++) {
      yield { key: words.slice(start, start + order).join(' '), start, order };
    }
  }
}
