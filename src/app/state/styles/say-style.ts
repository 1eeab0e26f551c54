/** @file What is said of a style that came in and was in the library already. */

import type { NoticeDraft } from '../notices.svelte.ts';

/** Says that a style which came in is one that the library has, and offers the name that it came under. */
export function sayKnownStyle(name: string, brought: string, rename: () => void): NoticeDraft {
  const title = `${name} was here already`;
  if (name === brought) return { title, text: 'What came in has the very same numbers. Nothing changed.' };
  return {
    title,
    text: `${brought} has the very same numbers, so the two are one style. It keeps its name.`,
    acts: [{ label: `Call it ${brought}`, run: rename }],
  };
}
