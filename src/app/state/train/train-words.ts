/** @file What the Train room says of methods and problems. */

import type { MethodKind } from '../../../engine/train/options.ts';
import type { TrainRecord } from './train-record.ts';

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

/** Says from where a run that is not over would be gone on with. */
export function sayKept({ totalSteps, steps, keptStep = steps.at(-1)?.step ?? 0 }: TrainRecord['progress']): string {
  if (keptStep > 0) return `goes on after step ${keptStep.toLocaleString('en')} of ${totalSteps.toLocaleString('en')}`;
  return steps.length === 0 ? 'begins at its first step' : 'begins at its first step again, since it was closed within the first minute';
}

/** Says how a run came to its end, and which of its states is kept where a look chose one. */
export function sayEnd({ end, progress }: Pick<TrainRecord, 'end' | 'progress'>): string {
  const last = progress.steps.at(-1)?.step ?? 0;
  const best = progress.looks.findLast(({ isBest }) => isBest)?.step ?? last;
  const kept = `step ${best.toLocaleString('en')}`;
  if (end === 'stopped-early') return `Ended early: nothing got better after ${kept}, which is kept`;
  const how = end === 'stopped' ? 'Stopped' : 'Done';
  return best === last ? how : `${how}: ${kept} looked best and is kept`;
}

/** Says that captions were worth more before anything was learned; undefined where they were not. */
export function sayLoss({ looks }: TrainRecord['progress']): string | undefined {
  const before = looks.find(({ step }) => step === 0)?.cider ?? null;
  const now = looks.findLast(({ isBest }) => isBest)?.cider ?? null;
  if (before === null || now === null || now >= before) return undefined;
  return `Its captions score lower than the model’s own did before: CIDEr-D ${now.toFixed(3)}, before ${before.toFixed(3)}. Try a lower learning rate, more pictures, or more epochs.`;
}
