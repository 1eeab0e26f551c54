/** @file Looks at one caption for what may be wrong with it. */

import { createPtbTokenizer, type PtbTokenizer } from '../../metric/ptb/tokenizer.ts';
import { hasLoop, splitSentences } from '../../metric/style/sentences.ts';
import { countWords } from '../../text/words.ts';
import { findContradictions } from './contradictions.ts';
import type { CaptionFlag } from './flag.ts';
import { findUnfinished } from './unfinished.ts';
import { findUnsupported, type KnownObjects } from './unsupported.ts';

/** What is wanted of captions. */
export interface CheckLimits {
  /** Fewer words are flagged. */
  readonly minWords: number;
  /** More words are flagged. */
  readonly maxWords: number;
  /** More tokens are flagged; null where no tokenizer is chosen. */
  readonly maxTokens: number | null;
}

/** Loose limits: one word is hardly a caption, and hardly any trainer reads 300. */
export const defaultCheckLimits: CheckLimits = { minWords: 2, maxWords: 300, maxTokens: null };

/** Everything that a caption is compared with. */
export interface CheckContext {
  readonly tags: readonly string[];
  /** Captions of the same picture that are known to be right. */
  readonly references: readonly string[];
  readonly limits: CheckLimits;
  /** Counts tokens as the trainer will. */
  readonly countTokens?: (text: string) => number;
  /** Words for objects; with them only objects have to be supported, without them every telling word. */
  readonly objects?: KnownObjects;
}

/** Checks captions one by one; it is made once for many, since its tokenizer learns as it reads. */
export type CaptionChecker = (caption: string, context: CheckContext) => readonly CaptionFlag[];

/** Makes a checker. */
export function createCaptionChecker(): CaptionChecker {
  const tokenizer = createPtbTokenizer();
  return (caption, context) => {
    if (caption.trim() === '') return [{ name: 'empty', message: 'there is no caption' }];
    return [
      ...findLoop(caption, tokenizer),
      ...findUnfinished(caption),
      ...findContradictions(caption, context.tags),
      ...findWrongLength(caption, context),
      ...findUnsupported(caption, context),
    ];
  };
}

function findLoop(caption: string, tokenizer: PtbTokenizer): readonly CaptionFlag[] {
  // The tokenizer reads line by line; a list of one tag a line would otherwise be one sentence.
  const sentences = caption.split(/\n+/u).flatMap((line) => splitSentences(line, tokenizer));
  return hasLoop(sentences) ? [{ name: 'loop', message: 'a phrase or sentence comes again and again' }] : [];
}

function findWrongLength(caption: string, { limits, countTokens }: CheckContext): readonly CaptionFlag[] {
  const words = countWords(caption);
  const flags: CaptionFlag[] = [];
  if (words < limits.minWords)
    flags.push({ name: 'short', message: `${String(words)} words, at least ${String(limits.minWords)} are wanted` });
  if (words > limits.maxWords)
    flags.push({ name: 'long', message: `${String(words)} words, at most ${String(limits.maxWords)} are wanted` });
  if (limits.maxTokens !== null && countTokens !== undefined) {
    const tokens = countTokens(caption);
    if (tokens > limits.maxTokens) {
      flags.push({ name: 'long', message: `${String(tokens)} tokens; a trainer reads ${String(limits.maxTokens)} and drops the rest` });
    }
  }
  return flags;
}
