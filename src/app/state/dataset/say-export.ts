/** @file What an export came to, for somebody who has closed its window meanwhile. */

import type { Exporting } from './exporting.svelte.ts';
import type { NoticeDraft } from '../notices.svelte.ts';
import { sayCount } from '../words.ts';

/** Says how an export ended. @param trouble what failed, '' where nothing did */
export function sayExport({ outcome, done, conflicts }: Exporting, trouble: string): NoticeDraft {
  if (trouble !== '') return { tone: 'attention', title: 'The export ended early', text: trouble, subject: 'export' };
  if (conflicts.length > 0)
    return { tone: 'attention', title: 'Nothing was written', text: `${sayCount(conflicts.length, 'file')} changed meanwhile.` };
  if (outcome === undefined) return { title: done === '' ? 'Nothing was written' : done };
  const written = `${sayCount(outcome.written, 'file')} written`;
  if (outcome.left.length === 0) return { title: written };
  return {
    tone: 'attention',
    title: `The export stopped: ${written}, ${outcome.left.length.toLocaleString('en')} left`,
    text: 'What is written is whole. Export into the same folder once more to write the rest.',
    subject: 'export',
  };
}
