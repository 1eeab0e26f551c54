/** @file What is said of a style that came into the library. */

import type { NoticeDraft } from '../notices.svelte.ts';

/** Says that a style is here: what is odd about it, or how it is chosen where nothing is. */
export function sayNewStyle(name: string, odd: readonly string[] = []): NoticeDraft {
  const words = odd.filter((word) => word !== '').join(' ');
  return { title: `${name} is here`, text: words === '' ? 'Choose it above the pictures, or by its number.' : words };
}
