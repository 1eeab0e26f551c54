/** @file The prompts that come along, the same in the page and on the command line. */

/** Prompts that everybody needs, by the short names of the command line. */
export const usualPrompts = {
  one: 'Provide a one-sentence caption for the provided image.',
  detail: 'Describe the image in detail.',
  tags: 'List the things in the image.',
  alt: 'Write a short alt text for the image, for someone who cannot see it.',
} as const;
