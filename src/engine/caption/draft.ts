/** @file One caption that is chosen token by token, led to the forced words that it must have. */

import { findStop } from '../../core/decode/stop-strings.ts';
import { applyLead, endingOf, fairNats, leadOf, ledAfter, ledInto, ledStart, type Forcing, type GivenLead, type LedText, type MissingLead } from '../../core/decode/forced/lead.ts'; // prettier-ignore
import { logProbabilityOf, type Choice, type Sampler } from '../../core/decode/sampler.ts';
import type { WriterSpec, WrittenCaption } from './writer.ts';

/** Tokens so far, and where leading to forced words stands. */
export interface Draft {
  /** With the stop id, where one has come. */
  readonly ids: readonly number[];
  /** @unit nats */
  readonly logProbability: number;
  readonly led: LedText;
}

/** What a draft's tokens are chosen with. */
export interface DraftSpec {
  readonly writer: WriterSpec;
  readonly forcing: Forcing | null;
  readonly sampler: Sampler;
}

/** Another way on, with a missing word. */
export interface Aside {
  readonly draft: Draft;
  /** How much less likely its word is than what was written instead; null for words put in before a full stop. @unit nats, at most 0 */
  readonly odds: number | null;
  /** How many tokens its word still lacks. */
  readonly lacking: number;
}

/** A draft with one token more. */
export interface DraftStep {
  readonly draft: Draft;
  /** Whether words had to be put in, since the text would have ended here or has no room left. */
  readonly isHeldBack: boolean;
  /** Another way from the same row. */
  readonly aside: Aside | null;
}

/** A draft before its first token. */
export const emptyDraft: Draft = { ids: [], logProbability: 0, led: ledStart };

/**
 * Chooses the next token of a draft.
 *
 * @param isAside puts words in at the first end of a sentence already, since an aside has no other way beside it
 */
export function chooseNext({ writer, forcing, sampler }: DraftSpec, draft: Draft, logits: Float32Array, isAside = false): DraftStep {
  const soFar = draft.ids.length === 0 ? writer.promptIds : [...writer.promptIds, ...draft.ids];
  if (forcing === null) return plain(grow(draft, sampler.choose(logits, soFar), draft.led));

  const lead = leadOf(forcing, draft.led, draft.ids);
  const put = (ids: readonly number[], isPutIn: boolean): Draft => putFirst(draft, logits, { ids, isPutIn });
  if (lead.kind === 'given') return { draft: put(lead.pending, lead.isPutIn), isHeldBack: lead.isLast, aside: null };
  let opening: Opening | null = null;
  const choice = sampler.choose(logits, soFar, (scores) => {
    applyLead(scores, forcing, lead, draft.ids);
    if (lead.kind === 'missing') opening = findOpening(scores, lead);
  });
  const written = grow(draft, choice, ledAfter(lead));
  if (lead.kind !== 'missing') return plain(written);

  const ending = endingOf(forcing, lead.soFar, draft.ids, choice.token);
  if (ending === 'text' || (ending === 'sentence' && (isAside || lead.isTight)))
    return { draft: put(lead.insertion, true), isHeldBack: true, aside: null };
  if (ending === 'sentence')
    return { draft: written, isHeldBack: false, aside: { draft: put(lead.insertion, true), odds: null, lacking: 0 } };
  return { draft: written, isHeldBack: false, aside: toAside(opening, choice, put) };
}

/** Goes on with an aside; gives null where the rest of its word turns out not to fit. */
export function goOnAside(spec: DraftSpec, aside: Aside, logits: Float32Array): Aside | null {
  const { draft } = chooseNext(spec, aside.draft, logits, true);
  if (aside.lacking === 0 || aside.odds === null) return { ...aside, draft };
  const written = logits[draft.ids.at(-1) ?? -1] ?? -Infinity;
  const odds = aside.odds + written - logits.reduce((most, score) => Math.max(most, score), -Infinity);
  return odds < -fairNats ? null : { draft, odds, lacking: aside.lacking - 1 };
}

/** Tells what has ended a draft; null where it goes on. */
export function endOf({ writer, forcing }: DraftSpec, { ids }: Draft): WrittenCaption['stoppedBy'] | null {
  if (writer.stopIds.includes(ids.at(-1) ?? -1)) return 'end';
  const isStopped =
    forcing !== null &&
    forcing.stopStrings.length > 0 &&
    findStop(forcing.textOf(ids), forcing.stopStrings, forcing.textOf([]).length) >= 0;
  if (isStopped) return 'stop-string';
  return ids.length >= writer.options.maxNewTokens ? 'length' : null;
}

/** The likeliest token with which a missing word could come, the rest of that word, and the odds against the likeliest of all. */
interface Opening {
  readonly ids: readonly number[];
  readonly odds: number;
}

function findOpening(scores: Float32Array, { openings }: MissingLead): Opening | null {
  const scoreOf = ([first = -1]: readonly number[]): number => scores[first] ?? -Infinity;
  const ids = openings.toSorted((a, b) => scoreOf(b) - scoreOf(a))[0];
  if (ids === undefined) return null;
  const odds = scoreOf(ids) - scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return odds >= -fairNats ? { ids, odds } : null;
}

function toAside(opening: Opening | null, choice: Choice, put: (ids: readonly number[], isPutIn: boolean) => Draft): Aside | null {
  if (opening === null || opening.ids[0] === choice.token) return null;
  return { draft: put(opening.ids, false), odds: opening.odds, lacking: opening.ids.length - 1 };
}

function putFirst(
  draft: Draft,
  logits: Float32Array,
  { ids, isPutIn }: Pick<GivenLead, 'isPutIn'> & { readonly ids: readonly number[] },
): Draft {
  const token = ids[0] ?? -1;
  return grow(draft, { token, logProbability: logProbabilityOf(logits, token) }, ledInto(ids, isPutIn));
}

function grow({ ids, logProbability }: Draft, choice: Choice, led: LedText): Draft {
  return { ids: [...ids, choice.token], logProbability: logProbability + choice.logProbability, led };
}

function plain(draft: Draft): DraftStep {
  return { draft, isHeldBack: false, aside: null };
}
