/** @file Prompt tuning: rows of embeddings that are learned instead of written. */

import type { Value } from '../graph/graph.ts';
import type { DeclareParameter } from './parameter.ts';
import type { PromptSpec } from './spec.ts';

/** The name of the learned rows, as in PEFT's files. */
export const promptParameter = 'prompt_embeddings';

/**
 * Declares the rows of a soft prompt. Where they stand is told by the sequence, which names rows as it names those of a picture.
 *
 * @shape → [T, E]
 * @source Lester et al. 2021, arxiv.org/abs/2104.08691; peft 0.21.2, tuners/prompt_tuning
 */
export function declareSoftPrompt(spec: PromptSpec, declare: DeclareParameter, hiddenSize: number): Value {
  // PEFT starts from a plain nn.Embedding; a start from the rows of a text replaces this one.
  return declare({ name: promptParameter, shape: [spec.tokens, hiddenSize], initial: { kind: 'normal', deviation: 1 } });
}
