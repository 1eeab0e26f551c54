/** @file How captions are written, whatever they say: length, sentences, reading level, sameness, loops. */

import type { PreparedCaption, ReferenceSet } from '../caption-set.ts';
import { meanResult, ratioResult, type MetricResult } from '../picture-sums.ts';
import { asStretch, mapInSteps, type Steps } from '../steps.ts';
import { scoreSelfBleu } from './self-bleu.ts';
import { countSyllables, hasLoop, splitSentences, type Sentences } from './sentences.ts';

/** Names of the measures that have a value for each caption, in the order in which they are shown. */
export const captionStyleNames = ['words', 'sentences', 'sentence_words', 'reading_grade', 'self_bleu', 'same_start', 'loops'] as const;

/** Captions that agree in so many first words start alike. */
const startWords = 3;

/**
 * Measures the style of captions: mean words and sentences of a caption (`words`, `sentences`), words of a sentence (`sentence_words`),
 * school years that reading takes (`reading_grade`), BLEU-4 of each caption against all others (`self_bleu`), share of captions whose first
 * three words begin another one, too (`same_start`), and share that runs in circles (`loops`).
 *
 * @source reading grade: Kincaid et al. 1975, 0.39 words a sentence + 11.8 syllables a word - 15.59
 */
export function* measureStyle(captions: readonly PreparedCaption[], set: ReferenceSet): Steps<readonly MetricResult[]> {
  const sentences = yield* asStretch(
    mapInSteps(captions, ({ text }) => splitSentences(text, set.tokenizer)),
    0,
    0.4,
  );
  const wordCounts = sentences.map((list) => list.reduce((sum, sentence) => sum + sentence.length, 0));
  const sentenceCounts = sentences.map((list) => list.length);
  const starts = sentences.map((list) => list.flat().slice(0, startWords).join(' '));
  const frequency = new Map<string, number>();
  const countOfSyllables = (list: Sentences): number => list.flat().reduce((sum, word) => sum + countSyllables(word), 0);
  const syllables = yield* asStretch(mapInSteps(sentences, countOfSyllables), 0.4, 0.6);
  const loops = yield* asStretch(
    mapInSteps(sentences, (list) => (hasLoop(list) ? 1 : 0)),
    0.6,
    0.7,
  );
  const selfBleu = yield* asStretch(scoreSelfBleu(captions, set.index), 0.7, 1);
  for (const start of starts) frequency.set(start, (frequency.get(start) ?? 0) + 1);
  return [
    meanResult('words', wordCounts),
    meanResult('sentences', sentenceCounts),
    ratioResult('sentence_words', wordCounts, sentenceCounts),
    readingGrade(wordCounts, sentenceCounts, syllables),
    selfBleu,
    meanResult(
      'same_start',
      starts.map((start) => ((frequency.get(start) ?? 0) > 1 ? 1 : 0)),
    ),
    meanResult('loops', loops),
  ];
}

function readingGrade(words: readonly number[], sentences: readonly number[], syllables: readonly number[]): MetricResult {
  const width = 3;
  const rows = new Float64Array(words.length * width);
  words.forEach((count, i) => rows.set([count, sentences[i] ?? 0, syllables[i] ?? 0], i * width));
  const combine = (sums: Float64Array): readonly number[] => {
    const [wordCount = 0, sentenceCount = 0, syllableCount = 0] = sums;
    return [wordCount === 0 ? 0 : (0.39 * wordCount) / sentenceCount + (11.8 * syllableCount) / wordCount - 15.59];
  };
  const scores = words.map((_, i) => combine(rows.subarray(i * width, (i + 1) * width))[0] ?? 0);
  return { names: ['reading_grade'], pictureScores: [scores], width, rows, combine };
}
