/** @file Acts on the prompt panel that take something of the user's away, each with a way back. */

import type { Notices } from '../notices.svelte.ts';
import { sayStart } from '../words.ts';
import type { GaveWay, Prompting } from './prompting.svelte.ts';

/** What the acts stand on. */
interface PromptHost {
  readonly prompting: Prompting;
  readonly notices: Notices;
}

/** Takes a preset's words, and offers the user's own where those went. */
export function choosePreset({ prompting, notices }: PromptHost, id: string): void {
  const titles = { now: 'Your own prompt gave way to the preset', then: 'Your own prompt gave way to the one before' };
  offerWords(notices, prompting.choosePreset(id), titles);
}

/** Deletes the user's chosen preset. */
export function removePreset({ prompting, notices }: PromptHost): void {
  const label = prompting.preset?.label ?? '';
  const undo = prompting.removePreset();
  if (undo !== undefined) notices.say({ title: `Preset “${label}” deleted`, acts: [{ label: 'Undo', run: undo }] });
}

/** Goes back to the model's own system prompt. */
export function dropSystem({ prompting, notices }: PromptHost): void {
  const titles = { now: 'The system prompt is the model’s own again', then: 'Your system prompt gave way to the one before' };
  offerWords(notices, prompting.dropSystem(), titles);
}

/** Goes back to the model's own decoding options. */
export function resetDecoding({ prompting, notices }: PromptHost): void {
  const undo = prompting.resetDecoding();
  notices.say({ title: 'The decoding options are the model’s own again', acts: [{ label: 'Undo', run: undo }] });
}

/** Offers words that gave way; those that they take the place of when they come back are offered in turn. */
function offerWords(notices: Notices, gone: GaveWay | undefined, { now, then }: { readonly now: string; readonly then: string }): void {
  if (gone === undefined) return;
  const run = (): void => offerWords(notices, gone.bringBack(), { now: then, then });
  notices.say({ title: now, text: sayStart(gone.words), offers: gone.words, acts: [{ label: 'Bring back', run }] });
}
