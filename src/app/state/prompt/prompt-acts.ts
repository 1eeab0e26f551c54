/** @file Acts on the prompt panel that take something of the user's away, each with a way back. */

import type { Notices } from '../notices.svelte.ts';
import type { Prompting } from './prompting.svelte.ts';

/** What the acts stand on. */
interface PromptHost {
  readonly prompting: Prompting;
  readonly notices: Notices;
}

/** Takes a preset's words, and offers the user's own where those went. */
export function choosePreset({ prompting, notices }: PromptHost, id: string): void {
  const undo = prompting.choosePreset(id);
  if (undo !== undefined) notices.say({ title: 'Your own prompt gave way to the preset', acts: [{ label: 'Bring back', run: undo }] });
}

/** Deletes the user's chosen preset. */
export function removePreset({ prompting, notices }: PromptHost): void {
  const label = prompting.preset?.label ?? '';
  const undo = prompting.removePreset();
  if (undo !== undefined) notices.say({ title: `Preset “${label}” deleted`, acts: [{ label: 'Undo', run: undo }] });
}

/** Goes back to the model's own system prompt. */
export function dropSystem({ prompting, notices }: PromptHost): void {
  const isWritten = prompting.system.trim() !== '';
  const undo = prompting.dropSystem();
  if (isWritten) notices.say({ title: 'The system prompt is the model’s own again', acts: [{ label: 'Undo', run: undo }] });
}

/** Goes back to the model's own decoding options. */
export function resetDecoding({ prompting, notices }: PromptHost): void {
  const undo = prompting.resetDecoding();
  notices.say({ title: 'The decoding options are the model’s own again', acts: [{ label: 'Undo', run: undo }] });
}
