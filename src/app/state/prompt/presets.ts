/** @file The prompts that come with the studio. */

/** A prompt with a name. */
export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly prompt: string;
}

/** The shipped ones, the plainest first. */
export const presets: readonly Preset[] = [
  { id: 'sentence', label: 'One sentence', prompt: 'Provide a one-sentence caption for the provided image.' },
  { id: 'detail', label: 'Detail', prompt: 'Describe the image in detail.' },
  { id: 'tags', label: 'Tags', prompt: 'List the things in the image.' },
  { id: 'alt', label: 'Alt text', prompt: 'Write a short alt text for the image, for someone who cannot see it.' },
];
