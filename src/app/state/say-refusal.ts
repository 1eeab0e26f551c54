/** @file What the studio says where the browser refuses to keep something. */

import type { StorageRefusal } from '../../storage/refusal.ts';
import type { NoticeDraft } from './notices.svelte.ts';

/** Says what does not outlast this tab and what to do; undefined where everything is kept. @param beginAnew deletes what cannot be read and loads the page again */
export function sayRefusal({ records, isDamaged, files }: StorageRefusal, beginAnew: () => void): NoticeDraft | undefined {
  if (isDamaged) {
    return {
      tone: 'attention',
      title: 'What was kept here could not be read',
      text: 'The browser’s database is damaged, the disk is full, or a newer version of the studio wrote it. Nothing of it was deleted: free disk space or restart the browser, then reload. Until then nothing outlasts this tab; export what you make. To begin anew deletes what cannot be read, and nothing else.',
      acts: [{ label: 'Begin anew', run: beginAnew }],
      subject: 'keeping',
    };
  }
  if (records) {
    return {
      title: 'Nothing outlasts this tab here',
      text: 'This window keeps no data, as some private windows do. Pictures, captions, models and styles are gone once you close or reload the tab. Export before that, or use another window or browser.',
      subject: 'keeping',
    };
  }
  if (!files) return undefined;
  return {
    title: 'Models and styles are not kept here',
    text: 'This window gives the page no place for files, as some private windows do. Pictures and captions are kept; models that you load and what is trained last until you close or reload the tab. Export a style before that, or use another window or browser.',
    subject: 'keeping',
  };
}
