/** @file What happens to captions that are there when new ones are written. */

import type { Caption, ItemContent } from '../item.ts';

/** The ways, with what they do. */
export const existingPolicies = {
  skip: 'leave pictures alone that have a caption',
  overwrite: 'put the new caption in its place',
  append: 'put the new text behind it',
  prepend: 'put the new text before it',
  alternative: 'keep it, and the new one as one more to choose from',
  context: 'tell it to the model, and put the new caption in its place',
} as const;

/** One of the ways. */
export type ExistingPolicy = keyof typeof existingPolicies;

/** Tells whether a picture is captioned at all. */
export function isCaptioned(content: ItemContent, policy: ExistingPolicy): boolean {
  return policy !== 'skip' || content.captions.length === 0;
}

/** Joins what is there with what was written; several new captions come in their order. */
export function joinExisting(content: ItemContent, added: readonly Caption[], policy: ExistingPolicy): readonly Caption[] {
  const [first, ...rest] = content.captions;
  const [next, ...others] = added;
  if (next === undefined) return content.captions;
  switch (policy) {
    case 'skip':
      return first === undefined ? added : content.captions;
    case 'overwrite':
    case 'context':
      return added;
    case 'append':
      return first === undefined ? added : [{ text: joinTexts(first.text, next.text), author: next.author }, ...others, ...rest];
    case 'prepend':
      return first === undefined ? added : [{ text: joinTexts(next.text, first.text), author: next.author }, ...others, ...rest];
    case 'alternative':
      return [...content.captions, ...added.filter(({ text }) => !content.captions.some((known) => known.text === text))];
    default:
      return policy satisfies never;
  }
}

/** A blank after a sentence, a comma and a blank after anything else: so lists of tags stay lists. */
function joinTexts(before: string, after: string): string {
  const start = before.trimEnd();
  if (start === '' || after.trim() === '') return start + after.trim();
  return `${start}${/[.!?…:;,]["'”’)\]]*$/u.test(start) ? ' ' : ', '}${after.trimStart()}`;
}
