/** @file Whether two pictures say the same. */

import type { ItemContent } from '../item.ts';

/** Tells whether texts and tags are the same, whoever wrote them. */
export function sameContent(a: ItemContent, b: ItemContent): boolean {
  return (
    a.captions.length === b.captions.length &&
    a.tags.length === b.tags.length &&
    a.captions.every(({ text }, i) => text === b.captions[i]?.text) &&
    a.tags.every((tag, i) => tag === b.tags[i])
  );
}
