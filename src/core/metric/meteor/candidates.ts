/** @file All matches that could be part of an alignment, found matcher by matcher in METEOR's order. */

import { meteorModules } from './modules.ts';
import type { MeteorModule } from './modules.ts';
import { isSource } from './paraphrase-table.ts';
import type { ParaphraseTable, PhraseSpan } from './paraphrase-table.ts';
import type { MeteorSentence, MeteorWord } from './sentence.ts';

/** Words of the reference that stand for words of the hypothesis. */
export interface MeteorMatch {
  readonly referenceStart: number;
  /** @unit words */
  readonly referenceLength: number;
  readonly hypothesisStart: number;
  /** @unit words */
  readonly hypothesisLength: number;
  readonly module: MeteorModule;
}

/** The matches that begin at each reference word, in the order found, and how many matches touch each word. */
export interface MeteorCandidates {
  readonly byReferenceStart: readonly (readonly MeteorMatch[])[];
  readonly hypothesisCoverage: readonly number[];
  readonly referenceCoverage: readonly number[];
}

/** What the matchers are told. */
export interface MatchingOptions {
  /** In METEOR's order. */
  readonly modules: readonly MeteorModule[];
  readonly paraphrases: ParaphraseTable | null;
}

type OnMatch = (match: MeteorMatch) => void;

/** Finds all candidate matches of two sentences; where they are equal word for word, only equal words are looked for. */
export function findCandidates(hypothesis: MeteorSentence, reference: MeteorSentence, options: MatchingOptions): MeteorCandidates {
  const byReferenceStart = reference.words.map((): MeteorMatch[] => []);
  const hypothesisCoverage = new Array<number>(hypothesis.words.length).fill(0);
  const referenceCoverage = new Array<number>(reference.words.length).fill(0);
  const add = (match: MeteorMatch): void => {
    byReferenceStart[match.referenceStart]?.push(match);
    cover(hypothesisCoverage, match.hypothesisStart, match.hypothesisLength);
    cover(referenceCoverage, match.referenceStart, match.referenceLength);
  };
  const modules = haveSameWords(hypothesis, reference) ? meteorModules.slice(0, 1) : options.modules;
  for (const module of modules) {
    if (module === 'paraphrase') matchPhrases(hypothesis, reference, options.paraphrases, add);
    else matchWords(hypothesis, reference, module, add);
  }
  return { byReferenceStart, hypothesisCoverage, referenceCoverage };
}

function cover(coverage: number[], start: number, length: number): void {
  for (let index = start; index < start + length; index++) coverage[index] = (coverage[index] ?? 0) + 1;
}

function haveSameWords(hypothesis: MeteorSentence, reference: MeteorSentence): boolean {
  return hypothesis.words.length === reference.words.length && hypothesis.words.every((word, index) => word === reference.words[index]);
}

const wordTests: Readonly<Record<Exclude<MeteorModule, 'paraphrase'>, (a: MeteorWord, b: MeteorWord) => boolean>> = {
  exact: (a, b) => a.hash === b.hash,
  stem: (a, b) => a.hash !== b.hash && a.stemHash === b.stemHash,
  synonym: (a, b) => a.hash !== b.hash && shareSynset(a.synsets, b.synsets),
};

function matchWords(hypothesis: MeteorSentence, reference: MeteorSentence, module: keyof typeof wordTests, add: OnMatch): void {
  const matches = wordTests[module];
  reference.words.forEach((referenceWord, referenceStart) => {
    hypothesis.words.forEach((hypothesisWord, hypothesisStart) => {
      if (matches(hypothesisWord, referenceWord)) {
        add({ referenceStart, referenceLength: 1, hypothesisStart, hypothesisLength: 1, module });
      }
    });
  });
}

function shareSynset(a: Uint32Array, b: Uint32Array): boolean {
  let indexB = 0;
  for (let indexA = 0; indexA < a.length && indexB < b.length; indexA++) {
    const synset = a[indexA] ?? 0;
    while (indexB < b.length && (b[indexB] ?? 0) < synset) indexB++;
    if (b[indexB] === synset) return true;
  }
  return false;
}

/** Looks for paraphrases of the reference's phrases in the hypothesis, then the other way round; a pair can so be found twice. */
function matchPhrases(hypothesis: MeteorSentence, reference: MeteorSentence, table: ParaphraseTable | null, add: OnMatch): void {
  if (table === null) return;
  forEachParaphrase(reference, hypothesis, table, (source, target) => {
    add(phraseMatch(source, target));
  });
  forEachParaphrase(hypothesis, reference, table, (source, target) => {
    add(phraseMatch(target, source));
  });
}

function phraseMatch(reference: PhraseSpan, hypothesis: PhraseSpan): MeteorMatch {
  return {
    referenceStart: reference.start,
    referenceLength: reference.length,
    hypothesisStart: hypothesis.start,
    hypothesisLength: hypothesis.length,
    module: 'paraphrase',
  };
}

type OnParaphrase = (source: PhraseSpan, target: PhraseSpan) => void;

/** Visits the pairs by place of the source, then by phrase, then by place of the target. */
function forEachParaphrase(sources: MeteorSentence, targets: MeteorSentence, table: ParaphraseTable, visit: OnParaphrase): void {
  const { paraphrases, paraphraseStarts } = table;
  for (const source of sources.phrases) {
    if (!isSource(source.phrase, table)) continue;
    const end = paraphraseStarts[source.phrase + 1] ?? 0;
    let low = paraphraseStarts[source.phrase] ?? 0;
    for (const target of targets.phrasesByNumber) {
      // Both lists ascend, so each search begins where the last one ended.
      let high = end;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((paraphrases[middle] ?? 0) < target.phrase) low = middle + 1;
        else high = middle;
      }
      if (low === end) break;
      if (paraphrases[low] === target.phrase) visit(source, target);
    }
  }
}
