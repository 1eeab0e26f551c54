/** @file How the saving of captions stands, in words. */

import type { Autosave } from './autosave.svelte.ts';
import type { BesideChoice } from './folder-record.ts';
import type { FolderSaver } from './folder-saver.svelte.ts';
import { sayCount } from '../words.ts';

/** The texts that can be saved as captions change. */
export const besideChoices: readonly BesideChoice[] = [
  { format: 'txt', sidecarText: 'caption' },
  { format: 'txt', sidecarText: 'caption, tags' },
  { format: 'txt', sidecarText: 'tags, caption' },
  { format: 'txt', sidecarText: 'tags' },
  { format: 'caption', sidecarText: 'caption' },
];

/** Names the files and what they say. */
export function sayChoice({ format, sidecarText }: BesideChoice): string {
  if (format === 'caption') return '.caption files, tags in .txt';
  switch (sidecarText) {
    case 'caption':
    case 'captions':
      return '.txt files with the caption';
    case 'tags':
      return '.txt files with the tags';
    case 'caption, tags':
      return '.txt files with caption, then tags';
    case 'tags, caption':
      return '.txt files with tags, then caption';
    default:
      return sidecarText satisfies never;
  }
}

/** Says how one folder stands. */
export function saySaver({ phase, waiting, reason, conflicts }: FolderSaver): string {
  const left = waiting === 0 ? '' : ` ${sayCount(waiting, 'picture')} ${waiting === 1 ? 'waits' : 'wait'}.`;
  switch (phase) {
    case 'saved':
      return conflicts.length > 0 ? 'Everything else is saved.' : 'Everything is saved.';
    case 'waiting':
      return `${sayCount(waiting, 'picture')} will be saved in a moment.`;
    case 'saving':
      return waiting > 0 ? `Saving, ${sayCount(waiting, 'picture')} left.` : 'Saving.';
    case 'asking':
      return `After a reload the browser asks again before it lets this page write here.${left}`;
    case 'halted':
      return `It has stopped: ${reason}.${left}`;
    default:
      return phase satisfies never;
  }
}

/** Says in two or three words how all folders together stand. */
export function sayAutosave({ state, waiting, contested }: Autosave): string {
  const count = waiting.toLocaleString('en');
  switch (state) {
    case 'off':
      return '';
    case 'halted':
      return waiting > 0 ? `Saving stopped, ${count} left` : 'Saving stopped';
    case 'contested':
      return `${contested.toLocaleString('en')} changed meanwhile`;
    case 'asking':
      return waiting > 0 ? `Allow saving, ${count} ${waiting === 1 ? 'waits' : 'wait'}` : 'Allow saving';
    case 'saving':
      return 'Saving';
    case 'waiting':
      return `${count} to save`;
    case 'saved':
      return 'Saved';
    default:
      return state satisfies never;
  }
}
