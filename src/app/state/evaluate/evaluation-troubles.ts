/** @file What goes wrong in the Evaluate room, in its own words: the same codes mean settings and downloads elsewhere. */

import { StudioError } from '../../../core/error.ts';
import type { Notices } from '../notices.svelte.ts';

/** Tells why a file could not be taken. */
export function tellOfFile(notices: Notices, fileName: string, error: unknown): void {
  if (error instanceof StudioError && error.code === 'argument-invalid')
    notices.say({ tone: 'attention', title: `${fileName} is too large for the page`, text: error.message.slice(`${fileName}: `.length) });
  else if (!(error instanceof StudioError && error.code === 'file-invalid')) notices.tell(error);
  else {
    const text = 'It is broken, or none of the formats that this room reads.';
    notices.say({ tone: 'attention', title: `${fileName} could not be taken`, text, detail: error.message });
  }
}

/** Tells why a run ended without numbers; one that was stopped says nothing. */
export function tellOfRun(notices: Notices, error: unknown): void {
  if (error instanceof StudioError && error.code === 'cancelled') return;
  if (!(error instanceof StudioError && error.code === 'argument-invalid')) notices.tell(error);
  else {
    const text = error.message.replace(/^evaluation: /u, '');
    notices.say({ tone: 'attention', title: 'This cannot be scored together', text, detail: error.message });
  }
}
