/** @file What was learned, as plain data: trainer and PEFT import make it, captioner and export read it. */

import type { Tensor } from '../tensor/tensor.ts';
import type { AdapterSpec } from './spec.ts';

/** Whole weights that stand in the place of the base's, and nothing else: full fine-tuning. */
export interface WeightsSpec {
  readonly kind: 'weights';
}

/**
 * Where soft tokens stand: before the whole sequence, even its first token, as PEFT has it; or in the place of the written prompt, with the
 * model's template around them.
 */
export type Placement = 'start' | 'prompt';

/** The model that something was learned on. */
export interface AdapterBase {
  /** A hub id or the name of a bundle; '' where it is not known. */
  readonly name: string;
  readonly revision: string | null;
  /** What `baseDigest` gives for the bundle; null where it is not known. */
  readonly digest: string | null;
}

/** One score of a card. */
export interface CardScore {
  /** As people say it: 'CIDEr-D'. */
  readonly metric: string;
  readonly value: number;
  /** The set it was measured on: 'Flickr8k dev, 300 pictures, greedy'. */
  readonly on: string;
}

/** What people should know of an adapter; a field that nobody filled is ''. */
export interface AdapterCard {
  /** What it was learned from. */
  readonly data: string;
  /** How: 'LoRA, rank 8, AdamW, 4 epochs'. */
  readonly method: string;
  /** Options and command, in words. */
  readonly options: string;
  readonly scores: readonly CardScore[];
  /** The prompt that it was learned with; '' where the soft tokens stand in its place. */
  readonly prompt: string;
  readonly licence: string;
  /** What made it, with the version. */
  readonly software: string;
  /** A caption in its style. */
  readonly sample: string;
}

/** A learned adapter, whole. */
export interface LearnedAdapter {
  readonly name: string;
  readonly spec: AdapterSpec | WeightsSpec;
  /**
   * What was learned, float32, under the names of `Parameter`: `MODULE.lora_A.weight` [R, K], `MODULE.lora_B.weight` [N, R],
   * `MODULE.lora_magnitude_vector` [N], with MODULE as transformers ≥ 4.52 has it; for soft prompts [T, E] and prefixes
   * [T, layers · 2 · keyValueHeads · D] `prompt_embeddings`, after any network that made them.
   */
  readonly tensors: ReadonlyMap<string, Tensor<'float32'>>;
  /** Weights of the base that are replaced, under the base's tensor names (`lm_head.weight`) and in the checkpoint's shapes [N, K]. */
  readonly replaced: ReadonlyMap<string, Tensor<'float32'>>;
  /** Only soft prompts can stand elsewhere than at the start. */
  readonly placement: Placement;
  /** Where a soft prompt started, to tell how far it went; null where it is not known. @shape [T, E] */
  readonly start: Tensor<'float32'> | null;
  readonly base: AdapterBase;
  readonly card: AdapterCard;
}

/** A card with nothing on it. */
export const emptyCard: AdapterCard = { data: '', method: '', options: '', scores: [], prompt: '', licence: '', software: '', sample: '' };

/** Counts the numbers that an adapter holds. */
export function learnedCount({ tensors, replaced }: Pick<LearnedAdapter, 'tensors' | 'replaced'>): number {
  return [...tensors.values(), ...replaced.values()].reduce((sum, { data }) => sum + data.length, 0);
}
