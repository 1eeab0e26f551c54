/** @file What the Train room says of methods and problems. */

import type { MethodKind } from '../../../engine/train/options.ts';

/** A method in words. */
export interface MethodWords {
  readonly label: string;
  /** What it learns, and when to choose it: two sentences. */
  readonly about: string;
}

/** All methods, the one that suits most people first. */
export const methodWords: Readonly<Record<MethodKind, MethodWords>> = {
  lora: {
    label: 'LoRA',
    about:
      'Learns small changes beside the layers of the decoder. A good first choice: quick, exact to share, and its strength can be turned up and down.',
  },
  dora: {
    label: 'DoRA',
    about: 'LoRA that learns the length of each change apart from its direction. Often a little better at low rank, and a little slower.',
  },
  prompt: {
    label: 'Prompt learning',
    about:
      'Learns a handful of tokens that stand where your instruction would. The smallest result of all, and the model itself stays as it is.',
  },
  prefix: {
    label: 'Prefix tuning',
    about:
      'Learns what each layer remembers before the picture comes. Stronger than a prompt and still small; it takes some room of the context.',
  },
  full: {
    label: 'Full fine-tuning',
    about:
      'Learns every weight of decoder and projector. Strong, but the result is as large as the model, needs the most memory, and forgets most easily.',
  },
};

/** The methods in the order in which they stand. */
export const methodKinds = ['lora', 'dora', 'prompt', 'prefix', 'full'] as const satisfies readonly MethodKind[];
