/** @file The prompts that come with the studio. */

import { usualPrompts } from '../../../core/text/usual-prompts.ts';

/** A prompt with a name. */
export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly prompt: string;
}

/** The shipped ones, the plainest first. */
export const presets: readonly Preset[] = [
  { id: 'sentence', label: 'One sentence', prompt: usualPrompts.one },
  { id: 'detail', label: 'Detail', prompt: usualPrompts.detail },
  { id: 'tags', label: 'Tags', prompt: usualPrompts.tags },
  { id: 'alt', label: 'Screen reader', prompt: usualPrompts.alt },
];
