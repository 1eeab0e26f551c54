/** @file The words of decoding options in tokens of a model. */

import { checkForcedRoom, type ForcedVocabulary } from '../../core/decode/forced/forced-words.ts';
import type { DecodingOptions } from '../../core/decode/options.ts';
import type { OpenModel } from '../model.ts';
import { encodeBannedWords } from '../text/banned-words.ts';
import { encodeForcedWords } from '../text/forced-words.ts';

/** The words that captions may not have and those that they must have, in tokens. */
export interface EncodedWords {
  readonly banned: readonly (readonly number[])[];
  readonly forced: ForcedVocabulary | null;
}

/**
 * Encodes banned and forced words.
 *
 * @throws {StudioError} 'argument-invalid' for a forced word that the model cannot write, or too many of them for the longest caption
 */
export function encodeWords(
  { tokenizer }: OpenModel,
  { bannedWords, forcedWords, stopStrings, startsWith, maxNewTokens }: DecodingOptions,
): EncodedWords {
  const banned = encodeBannedWords(tokenizer, bannedWords);
  const forced = encodeForcedWords(tokenizer, forcedWords, { bannedSequences: banned, stopStrings });
  if (forced) checkForcedRoom(forced, startsWith, maxNewTokens);
  return { banned, forced };
}
