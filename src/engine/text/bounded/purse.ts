/** @file What rendering a template may cost: every value that comes about is paid for, before it is made where it can be longer than what it is made of. */

import type { Interpreter } from '@huggingface/jinja';

/** A value of the interpreter. */
export type Value = ReturnType<Interpreter['evaluate']>;

/** What a value costs beside its characters. */
export const valueCost = 16;
/** Lists in lists; deeper ones would be written with more indentation than content. */
const maxDepth = 32;

/** What is left to be spent. */
export class Purse {
  #left: number;
  readonly #refuse: () => Error;

  constructor(budget: number, refuse: () => Error) {
    this.#left = budget;
    this.#refuse = refuse;
  }

  /** Spends; a cost that is no number is refused, too. @throws what `refuse` makes, when nothing is left */
  spend(cost: number): void {
    this.#left -= cost;
    if (!(this.#left >= 0)) throw this.#refuse();
  }

  /** Pays for a value with all that is in it, as often as it is in it, and gives what that cost. */
  pay(value: unknown, depth = 0): number {
    if (depth > maxDepth) throw this.#refuse();
    const content = contentOf(value);
    let cost = valueCost + (typeof content === 'string' ? content.length : 0);
    this.spend(cost);
    if (Array.isArray(content)) for (const item of content as readonly unknown[]) cost += this.pay(item, depth + 1);
    else if (content instanceof Map) for (const [key, item] of content) cost += this.pay(key, depth + 1) + this.pay(item, depth + 1);
    return cost;
  }

  /** Pays for a value that may come once with every character of others; a number may be a width, and lists are written with it at every depth. */
  payTimes(value: unknown, costOfOthers: number): void {
    const content = contentOf(value);
    const width = typeof content === 'number' ? Math.abs(content) * maxDepth : this.pay(value);
    this.spend(width * costOfOthers);
  }
}

function contentOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
}
