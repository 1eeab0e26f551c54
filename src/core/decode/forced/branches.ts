/** @file How a beam branches where forced words are missing. */

import { endsSentence } from './insertion.ts';
import { endingOf, fairNats, ledAfter, ledInto, type Forcing, type GivenLead, type Lead, type LedText } from './lead.ts';

/** A way on from a beam. */
export interface Branch {
  readonly token: number;
  /** Sum of log-probabilities after the rules. @unit nats */
  readonly sum: number;
  readonly led: LedText;
  /** Whether it has all words, or is about to; others cannot end. */
  readonly isWhole: boolean;
}

/** The beam that branches. */
interface Stem {
  readonly forcing: Forcing;
  readonly lead: Lead;
  readonly ids: readonly number[];
  /** The sum of its likeliest branch. @unit nats */
  readonly best: number;
}

/** Words behind a full stop read worse than before it, where another beam has put them. @unit nats */
const afterSentenceNats = 8;

/** The one way on where the next token is given; it costs nothing, as whatever cannot be otherwise. */
export function givenBranch(lead: GivenLead, { sum }: Pick<Branch, 'sum'>): Branch {
  return { token: lead.pending[0] ?? -1, sum, led: ledAfter(lead), isWhole: lead.isPutIn };
}

/**
 * Gives the ways on that a token stands for: one that would end the text stands for missing words in its place, one that ends a sentence for
 * both itself and the words before it. An end that is unlikely here is no place for words.
 */
export function branchesOf({ forcing, lead, ids, best }: Stem, { token, sum }: Pick<Branch, 'token' | 'sum'>): readonly Branch[] {
  const itself = { token, sum, led: ledAfter(lead), isWhole: lead.kind !== 'missing' };
  if (lead.kind !== 'missing') return [itself];
  const ending = endingOf(forcing, lead.soFar, ids, token);
  if (ending === 'none') return [itself];
  // Words that are put in cost as much as those that the model would just find fitting, or it would hardly ever look for a place itself.
  const price = fairNats + (endsSentence(lead.soFar.text) ? afterSentenceNats : 0);
  const inserted = { token: lead.insertion[0] ?? -1, sum: sum - price, led: ledInto(lead.insertion, true), isWhole: true };
  const isLikely = sum >= best - fairNats;
  return [...(ending === 'text' || (lead.isTight && isLikely) ? [] : [itself]), ...(isLikely ? [inserted] : [])];
}
