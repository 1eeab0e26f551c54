/** @file What is said of styles: how far work on one is, that one was here already, that some cannot be read. */

import type { NoticeDraft } from '../notices.svelte.ts';
import { sayBytes, sayTime } from '../words.ts';
import type { StyleProgress, StyleStage } from './style-work.svelte.ts';

const stageWords: Readonly<Record<StyleStage, string>> = {
  fetching: 'Fetching',
  checking: 'Checking',
  reading: 'Reading',
  packing: 'Packing',
  keeping: 'Keeping',
  'laying out': 'Laying out',
};

/** Says how far work on a style is: "Reading Haiku · 120 MB of 410 MB · 3 s left". */
export function sayStyleProgress({ name, stage, done, total, leftMs }: StyleProgress): string {
  const amount = total === 0 ? (done === 0 ? [] : [sayBytes(done)]) : [`${sayBytes(done)} of ${sayBytes(total)}`];
  return [`${stageWords[stage]} ${name}`, ...amount, ...(leftMs === undefined ? [] : [`${sayTime(leftMs)} left`])].join(' · ');
}

/** Says that styles lie in the library which cannot be used here. */
export function sayOddStyles(names: readonly string[]): NoticeDraft {
  return {
    tone: 'attention',
    title: names.length === 1 ? 'A style in your library cannot be read' : `${String(names.length)} styles in your library cannot be read`,
    text: `${names.join(', ')}: kept by another version of the studio, or damaged. Nothing of it was changed. Use the version that kept it, or import it again.`,
    subject: 'odd styles',
  };
}

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
