/** @file What is said where captions are asked for with decoding options that contradict each other. */

import type { Notices } from '../notices.svelte.ts';
import type { Settings } from '../settings.svelte.ts';
import { labelOfOption } from './decoding-fields.ts';
import type { Prompting } from './prompting.svelte.ts';
import { sayChanges } from './say-decoding.ts';

/** What is wrong, and what captions are written with until it is mended; undefined where nothing is. */
export function sayTrouble({ decodingTrouble, soundChanges }: Pick<Prompting, 'decodingTrouble' | 'soundChanges'>): string | undefined {
  if (decodingTrouble === undefined) return undefined;
  const instead = sayChanges(soundChanges);
  const until = instead === '' ? 'the model’s own options' : `the options from before: ${instead}`;
  return `${labelOfOption(decodingTrouble.field)} ${decodingTrouble.text}. Until that is mended, captions are written with ${until}.`;
}

/** Who asks for captions with such options hears of it, with the way to them. */
export function tellTrouble(hearers: {
  readonly prompting: Prompting;
  readonly notices: Notices;
  readonly settings: Settings;
  isSheetOpen: boolean;
}): void {
  const text = sayTrouble(hearers.prompting);
  if (text === undefined) return;
  const show = (): void => {
    hearers.settings.change({ isPanelOpen: true });
    hearers.isSheetOpen = true;
    const field = `decoding-${hearers.prompting.decodingTrouble?.field ?? ''}`;
    requestAnimationFrame(() => document.getElementById(field)?.focus());
  };
  const acts = [{ label: 'Show the option', run: show }];
  hearers.notices.say({ tone: 'attention', title: 'The decoding options contradict each other', text, acts, subject: 'decoding' });
}
