/**
 * @file Leads a text to words that it must have: tells where one could come, and what to put in where the text would end without.
 *
 * All is worked out from the text so far and a small plain state, for samplers and beams alike.
 */

import { findStop } from '../stop-strings.ts';
import { roomOfWords, type ForcedVocabulary, type ForcedWord } from './forced-words.ts';
import { endsSentence, insertionOf, type TextSoFar } from './insertion.ts';
import { hasWord, placeOfWord } from './word-search.ts';

/** What leading depends on, the same for all texts of a picture. */
export interface Forcing extends ForcedVocabulary {
  /** The text of new tokens, with what the caption was made to begin with. */
  readonly textOf: (ids: readonly number[]) => string;
  readonly maxNewTokens: number;
  readonly stopIds: readonly number[];
  readonly stopStrings: readonly string[];
}

/** Where a text stands. */
export interface LedText {
  /** Tokens that come next whatever the model says. */
  readonly pending: readonly number[];
  /** Whether the last token and those that come are words put in at an end, which must not grow into others. */
  readonly isPutIn: boolean;
  /** Whether all words are there for good. */
  readonly isSettled: boolean;
}

/** What the next token of a text may be. */
export type Lead = FreeLead | WholeLead | GivenLead | MissingLead;

/** Nothing is missing. */
export interface FreeLead {
  readonly kind: 'free';
  readonly isSettled: boolean;
}

/** Nothing is missing, but the last word must not grow. */
export interface WholeLead {
  readonly kind: 'whole';
  readonly soFar: TextSoFar;
  /** Whether it was put in just now, where the text would have ended. */
  readonly isFresh: boolean;
}

/** The next tokens are known. */
export interface GivenLead {
  readonly kind: 'given';
  readonly pending: readonly number[];
  readonly isPutIn: boolean;
  /** Whether the room for more has come to its end just now. */
  readonly isLast: boolean;
}

/** Words are missing. */
export interface MissingLead {
  readonly kind: 'missing';
  readonly soFar: TextSoFar;
  /** Tokens that would begin a missing word, or go on with one that is half written, and the rest of it. */
  readonly openings: readonly (readonly number[])[];
  /** What puts all of them in. */
  readonly insertion: readonly number[];
  /** Whether there is hardly room for another sentence. */
  readonly isTight: boolean;
  readonly isFresh: boolean;
}

/** What a token would do to a text. */
export type Ending = 'none' | 'sentence' | 'text';

/** A text before its first token. */
export const ledStart: LedText = { pending: [], isPutIn: false, isSettled: false };

/** A word fits where it is at least an eighth as likely as what the model would write. @unit nats */
export const fairNats = Math.log(8);

/** Behind words that were put in an end is taken unless it is far off: the model wanted one before them. @unit nats */
const endNats = Math.log(1000);

/** A sentence is seldom shorter: with less room than this beyond the words, the sentence that ends is taken for the last. @unit tokens */
const sentenceRoom = 16;

/** Works out what may come next. */
export function leadOf(forcing: Forcing, { pending, isPutIn, isSettled }: LedText, ids: readonly number[]): Lead {
  if (isSettled) return { kind: 'free', isSettled };
  if (pending.length > 0) return { kind: 'given', pending, isPutIn, isLast: false };
  const text = forcing.textOf(ids);
  const places = forcing.words.map((word) => ({ word, place: placeOfWord(text, word.text) }));
  const missing = places.filter(({ place }) => place === 'missing').map(({ word }) => word);
  const shaky = places.filter(({ place }) => place === 'at the end').map(({ word }) => word);
  const left = forcing.maxNewTokens - ids.length - 1; // after the next token
  const spare = left - roomOfWords([...missing, ...shaky]);
  const soFar = { text, startLength: forcing.textOf([]).length };
  if (missing.length === 0 && (isPutIn || (shaky.length > 0 && spare < 0))) return { kind: 'whole', soFar, isFresh: isPutIn };
  if (missing.length === 0) return { kind: 'free', isSettled: shaky.length === 0 };
  const insertion = insertionOf(missing, soFar, forcing.stopStrings);
  if (spare < 0) return { kind: 'given', pending: insertion, isPutIn: true, isLast: true };
  const { stopStrings, textOf } = forcing;
  // A word that the model finds by itself must not end the text before it is there.
  const isFree = (opening: readonly number[]): boolean =>
    stopStrings.length === 0 || findStop(textOf([...ids, ...opening]), stopStrings, soFar.startLength) < 0;
  const openings = openingsOf(missing, ids, textOf([])).filter(isFree);
  return { kind: 'missing', soFar, openings, insertion, isTight: spare < sentenceRoom, isFresh: isPutIn };
}

/** Changes the scores of the next token, after all rules, so that the last word does not grow and words that were put in are the end where that fits. */
export function applyLead(scores: Float32Array, forcing: Forcing, lead: Lead, ids: readonly number[]): void {
  if (lead.kind === 'whole' || (lead.kind === 'missing' && lead.isFresh)) banGrowing(scores, forcing);
  if (lead.kind !== 'whole' || !lead.isFresh) return;
  const near = scores.reduce((most, score) => Math.max(most, score), -Infinity) - endNats;
  let best = -1;
  for (let id = 0; id < scores.length; id += 1) {
    const score = scores[id] ?? -Infinity;
    if (score < near || score <= (scores[best] ?? -Infinity)) continue;
    if (endingOf(forcing, lead.soFar, ids, id) !== 'none') best = id;
  }
  if (best >= 0) scores.fill(-Infinity, 0, best).fill(-Infinity, best + 1);
}

function banGrowing(scores: Float32Array, { continuesWord, stopIds }: Forcing): void {
  let isLeft = false;
  for (let id = 0; id < scores.length; id += 1) {
    if (continuesWord(id)) scores[id] = -Infinity;
    else isLeft ||= (scores[id] ?? -Infinity) > -Infinity;
  }
  // Where other rules ban all that is left, the text ends here, with its words.
  if (!isLeft) for (const id of stopIds) scores[id] = 0;
}

/** Tells what a token would do to a text. */
export function endingOf(forcing: Forcing, { text, startLength }: TextSoFar, ids: readonly number[], token: number): Ending {
  if (forcing.stopIds.includes(token)) return 'text';
  const longer = forcing.textOf([...ids, token]);
  if (findStop(longer, forcing.stopStrings, startLength) >= 0) return 'text';
  return longer.length > text.length && endsSentence(longer) && !endsSentence(text) ? 'sentence' : 'none';
}

/** Where a text stands after a token that was chosen under a lead. */
export function ledAfter(lead: Lead): LedText {
  if (lead.kind === 'given') return ledInto(lead.pending, lead.isPutIn);
  return { pending: [], isPutIn: false, isSettled: lead.kind === 'free' && lead.isSettled };
}

/** Where a text stands after the first of some tokens. @param isPutIn whether they are words put in at an end */
export function ledInto(ids: readonly number[], isPutIn: boolean): LedText {
  return { pending: ids.slice(1), isPutIn, isSettled: false };
}

function openingsOf(words: readonly ForcedWord[], ids: readonly number[], start: string): readonly (readonly number[])[] {
  return words.flatMap(({ text, spellings }) => {
    const canOpen = hasWord(`${start}${text}`, text); // not where it would be one word with what the caption was made to begin with
    return spellings.flatMap((spelling) => {
      const written = countWritten(spelling.ids, ids);
      if (spelling.isOpening && (written !== ids.length || !canOpen)) return [];
      return written > 0 || spelling.isTelling ? [spelling.ids.slice(written)] : [];
    });
  });
}

/** Counts how many of a spelling's first tokens, never all, stand at the end. */
function countWritten(spelling: readonly number[], ids: readonly number[]): number {
  for (let count = Math.min(spelling.length - 1, ids.length); count > 0; count -= 1) {
    const from = ids.length - count;
    let isSame = true;
    for (let i = 0; isSame && i < count; i += 1) isSame = ids[from + i] === spelling[i];
    if (isSame) return count;
  }
  return 0;
}
