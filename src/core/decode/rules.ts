/** @file The rules of decoding in terms of token ids and numbers, as samplers and beams follow them. */

import type { DecodingOptions } from './options.ts';

/** What is done to the scores of the next token before any is chosen, in greedy, sampled and beam search alike. */
export interface TokenRules {
  /** Above 1 makes tokens of the prompt and of the text so far less likely; 1 is off. */
  readonly repetitionPenalty: number;
  /** No sequence of this many tokens comes twice, the prompt included; 0 is off. */
  readonly noRepeatNgram: number;
  /** Sequences of token ids that must not be completed. */
  readonly bannedSequences: readonly (readonly number[])[];
  /** New tokens before which no stop id may come. */
  readonly minNewTokens: number;
  /** Ids that end a text. */
  readonly stopIds: readonly number[];
}

/** How the distribution is reshaped before a token is drawn from it. */
export interface Warp {
  /** 0 is greedy: the other fields do not matter then. */
  readonly temperature: number;
  /** Draw only from the k likeliest; 0 is off. */
  readonly topK: number;
  /** Draw only from the smallest set that has this probability; 1 is off. */
  readonly topP: number;
  /** Draw only from those at least this likely compared with the likeliest; 0 is off. */
  readonly minP: number;
}

/** What the options do not know and the tokenizer and the model do. */
export interface TokenFacts {
  readonly bannedSequences: readonly (readonly number[])[];
  readonly stopIds: readonly number[];
}

/** Gives the rules that a user's options mean for one model. */
export function tokenRules(options: DecodingOptions, facts: TokenFacts): TokenRules {
  return {
    repetitionPenalty: options.repetitionPenalty,
    noRepeatNgram: options.noRepeatNgram,
    bannedSequences: facts.bannedSequences,
    minNewTokens: options.minNewTokens,
    stopIds: facts.stopIds,
  };
}

/** Gives the warp that a user's options mean. */
export function warpOf(options: DecodingOptions): Warp {
  return { temperature: options.temperature, topK: options.topK, topP: options.topP, minP: 0 };
}
