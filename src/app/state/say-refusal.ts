/** @file What the studio says where the browser refuses to keep something. */

import type { StorageRefusal } from '../../storage/refusal.ts';
import type { NoticeDraft } from './notices.svelte.ts';

/** Says what does not outlast this tab and what to do; undefined where everything is kept. */
export function sayRefusal({ records, files }: StorageRefusal): NoticeDraft | undefined {
  if (records) {
    return {
      title: 'Nothing outlasts this tab here',
      text: 'This window keeps no data, as some private windows do. Pictures and captions are gone once you close or reload the tab. Export before that, or use another window or browser.',
      subject: 'keeping',
    };
  }
  if (!files) return undefined;
  return {
    title: 'Models and styles are not kept here',
    text: 'This window gives the page no place for files, as some private windows do. Pictures and captions are kept. To add models or styles, or to train, use another window or browser.',
    subject: 'keeping',
  };
}
