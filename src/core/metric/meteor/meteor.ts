/** @file METEOR 1.5 for English: counts and scores of captions against references, and alignments to look at. */

import { StudioError } from '../../error.ts';
import { alignSentences } from './align.ts';
import type { MatchingOptions, MeteorMatch } from './candidates.ts';
import { availableMeteorModules } from './data.ts';
import type { MeteorData } from './data.ts';
import { meteorModules, orderMeteorModules } from './modules.ts';
import type { MeteorModule } from './modules.ts';
import { cleanHypothesis, createMeteorVocabulary, readMeteorSentence } from './sentence.ts';
import { scoreMeteorStatistics, sumMeteorStatistics } from './statistics.ts';
import type { MeteorScore, MeteorStatistics } from './statistics.ts';
import type { Steps } from '../steps.ts';

/** A hypothesis against its references: the best of them counts, the first among equals. */
export interface MeteorSegment {
  readonly bestReference: number;
  /** From 0 to 1. */
  readonly score: number;
  /** Counts against the best reference; sums of them score a set, a bootstrap sample, or one picture. @shape [23] */
  readonly statistics: MeteorStatistics;
}

/** An alignment to draw: words of both sides and the matches between them, by reference word. */
export interface MeteorAlignment extends MeteorScore {
  readonly hypothesisWords: readonly string[];
  readonly referenceWords: readonly string[];
  /** Whether each word is a function word, which counts a third of a content word. */
  readonly hypothesisIsFunction: readonly boolean[];
  readonly referenceIsFunction: readonly boolean[];
  readonly matches: readonly MeteorMatch[];
  readonly statistics: MeteorStatistics;
}

/**
 * Scores hypotheses against their references.
 *
 * Texts are what pycocoevalcap hands to the jar: words of its PTB tokenizer in lower case without punctuation, joined by blanks. Other
 * text is scored too, after METEOR's own normalisation, but then the numbers are not pycocoevalcap's.
 *
 * @shape hypotheses [N], references [N][1 or more] → [N]
 * @throws {StudioError} 'argument-invalid' when counts differ, a hypothesis has no reference, or the data lacks a matcher
 * @source METEOR 1.5 jar in pycocoevalcap 1.2, `-l en -norm`
 */
export function* meteorSegments(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  data: MeteorData,
  modules?: readonly MeteorModule[],
): Steps<readonly MeteorSegment[]> {
  if (hypotheses.length !== references.length) {
    const counts = `${String(hypotheses.length)} hypotheses and ${String(references.length)} lists of references`;
    throw new StudioError('argument-invalid', `METEOR: ${counts}; give one list for each hypothesis`);
  }
  const matching = matchingOptions(data, modules);
  const vocabulary = createMeteorVocabulary(data);
  const segments: MeteorSegment[] = [];
  for (const [index, hypothesis] of hypotheses.entries()) {
    const sentence = readMeteorSentence(cleanHypothesis(hypothesis), vocabulary);
    let best: MeteorSegment | null = null;
    for (const [bestReference, reference] of (references[index] ?? []).entries()) {
      yield index / hypotheses.length; // before each reference: an alignment of two long texts takes a while
      const { statistics } = alignSentences(sentence, readMeteorSentence(reference, vocabulary), matching);
      const { score } = scoreMeteorStatistics(statistics);
      if (best === null || score > best.score) best = { bestReference, score, statistics };
    }
    if (best === null)
      throw new StudioError('argument-invalid', `METEOR: hypothesis ${String(index)} has no reference; leave it out or give one`);
    segments.push(best);
  }
  return segments;
}

/**
 * Scores a set by its summed counts, which is not the mean of its segments' scores; 0 for an empty set.
 */
export function meteorCorpusScore(segments: readonly MeteorSegment[]): number {
  return scoreMeteorStatistics(sumMeteorStatistics(segments.map((segment) => segment.statistics))).score;
}

/**
 * Aligns one hypothesis with one reference, to show why a score is what it is. Texts are as for `meteorSegments`.
 *
 * @throws {StudioError} 'argument-invalid' when the data lacks a matcher that is asked for
 */
export function alignMeteor(hypothesis: string, reference: string, data: MeteorData, modules?: readonly MeteorModule[]): MeteorAlignment {
  const matching = matchingOptions(data, modules);
  const vocabulary = createMeteorVocabulary(data);
  const sentence = readMeteorSentence(cleanHypothesis(hypothesis), vocabulary);
  const other = readMeteorSentence(reference, vocabulary);
  const aligned = alignSentences(sentence, other, matching);
  return {
    hypothesisWords: sentence.words.map((word) => word.text),
    referenceWords: other.words.map((word) => word.text),
    hypothesisIsFunction: sentence.words.map((word) => word.isFunction),
    referenceIsFunction: other.words.map((word) => word.isFunction),
    ...aligned,
    ...scoreMeteorStatistics(aligned.statistics),
  };
}

function matchingOptions(data: MeteorData, modules: readonly MeteorModule[] = meteorModules): MatchingOptions {
  const available = availableMeteorModules(data);
  const missing = modules.filter((module) => !available.includes(module));
  if (missing.length > 0) {
    throw new StudioError(
      'argument-invalid',
      `METEOR: the data has nothing for ${missing.join(', ')}; load it, or ask for [${available.join(', ')}]`,
    );
  }
  return { modules: orderMeteorModules(modules), paraphrases: data.paraphrases };
}
