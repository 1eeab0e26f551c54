/** @file The list of scores that a person asks for, as they type it. */

import { StudioError } from '../../core/error.ts';
import { metricChoices, type MetricChoice } from '../../core/metric/score.ts';
import { captionStyleNames } from '../../core/metric/style/style.ts';

/** Scores to compute and to show. */
export interface MetricList {
  readonly choices: readonly MetricChoice[];
  /** Names of single scores where only some of a choice are wanted; undefined for all. */
  readonly shown: ReadonlySet<string> | undefined;
}

/** What is computed unless somebody asks: all but the uncommon form of CIDEr. */
export const defaultChoices: readonly MetricChoice[] = metricChoices.filter((choice) => choice !== 'CIDEr_plain');

/**
 * Reads a list such as `BLEU,CIDEr`, `Bleu_4,METEOR`, `default` or `all`; capitals do not matter, `-` is `_`.
 *
 * @throws {StudioError} 'argument-invalid' when a name is unknown
 */
export function parseMetricList(text: string): MetricList {
  const choices = new Set<MetricChoice>();
  const shown = new Set<string>();
  let showsAll = false;
  for (const item of text
    .split(',')
    .map((name) => name.trim().toLowerCase().replaceAll('-', '_'))
    .filter(Boolean)) {
    if (item === 'default' || item === 'all') {
      for (const choice of item === 'all' ? metricChoices : defaultChoices) choices.add(choice);
      showsAll = true;
      continue;
    }
    const [choice, names] =
      [...scoresOfChoice].find(([name, scores]) => name.toLowerCase() === item || scores.some((score) => score.toLowerCase() === item)) ??
      [];
    if (choice === undefined || names === undefined) {
      throw new StudioError(
        'argument-invalid',
        `metrics: "${item}" is unknown; known are ${metricChoices.join(', ')}, and single scores such as Bleu_4`,
      );
    }
    choices.add(choice);
    for (const name of names) if (choice.toLowerCase() === item || name.toLowerCase() === item) shown.add(name);
  }
  if (choices.size === 0) throw new StudioError('argument-invalid', `metrics: the list is empty; known are ${metricChoices.join(', ')}`);
  return { choices: metricChoices.filter((choice) => choices.has(choice)), shown: showsAll ? undefined : withMeteorVariants(shown) };
}

const scoresOfChoice: ReadonlyMap<MetricChoice, readonly string[]> = new Map([
  ['BLEU', ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4']],
  ['METEOR', ['METEOR']],
  ['ROUGE_L', ['ROUGE_L']],
  ['CIDEr', ['CIDEr']],
  ['CIDEr_plain', ['CIDEr_plain']],
  ['SPICE', ['SPICE']],
  ['CHAIR', ['CHAIRs', 'CHAIRi']],
  ['style', [...captionStyleNames, 'vocabulary', 'distinct_1', 'distinct_2']],
]);

const scoreNames: ReadonlySet<string> = new Set([...scoresOfChoice.values()].flat());

/** Tells the name of a score, or of METEOR with fewer matchers, from other words. */
export function isScoreName(name: string): boolean {
  return scoreNames.has(name) || /^METEOR \([a-z]+(?:, [a-z]+)*\)$/u.test(name);
}

/** Without its paraphrase table METEOR has another name; who asks for METEOR wants to see that one, too. */
function withMeteorVariants(shown: ReadonlySet<string>): ReadonlySet<string> {
  return shown.has('METEOR') ? new Set([...shown, 'METEOR (exact, stem, synonym)']) : shown;
}
