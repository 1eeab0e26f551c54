/** @file The card that goes with an adapter: what it is, what it was learned from, how to use it. */

import type { CardScore, LearnedAdapter } from '../../core/adapter/learned.ts';
import { factsOf } from './facts.ts';

/** What the card says beside the adapter itself. */
export interface CardFacts {
  /** Why PEFT cannot read it; null where it can. */
  readonly reason: string | null;
  readonly parameterCount: number;
}

/** Writes the card as Markdown, with the header that hubs read. */
export function adapterCardText(adapter: LearnedAdapter, { reason, parameterCount }: CardFacts): string {
  const { name, base, card } = adapter;
  const header = [
    '---',
    ...(base.name === '' ? [] : [`base_model: ${JSON.stringify(base.name)}`]),
    ...(reason === null ? ['library_name: peft'] : []),
    ...(/^[a-z0-9.-]+$/.test(card.licence) ? [`license: ${card.licence}`] : []),
    'pipeline_tag: image-to-text',
    'tags: [llava, image-captioning, caption-studio]',
    '---',
  ];
  const revision = base.revision === null ? '' : `, revision ${base.revision}`;
  const rows: readonly (readonly [string, string])[] = [
    ['Kind', factsOf(adapter)],
    ['Numbers learned', parameterCount.toLocaleString('en-US')],
    ['Base', base.name === '' ? 'not known' : `${base.name}${revision}`],
    ['Data', card.data],
    ['Method', card.method],
    ['Options', card.options],
    ['Prompt', card.prompt],
    ['Licence', card.licence],
    ['Made with', card.software],
  ];
  const table = rows.filter(([, value]) => value !== '').map(([field, value]) => `| ${field} | ${cell(value)} |`);
  return [
    ...header,
    '',
    `# ${name}`,
    '',
    ...(card.sample === '' ? [] : [`> ${card.sample.replaceAll('\n', ' ')}`, '']),
    '| | |',
    '|---|---|',
    ...table,
    '',
    ...scoreTable(card.scores),
    ...usage(adapter, reason),
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function scoreTable(scores: readonly CardScore[]): readonly string[] {
  if (scores.length === 0) return [];
  return [
    '| Score | | On |',
    '|---|---|---|',
    ...scores.map(({ metric, value, on }) => `| ${cell(metric)} | ${String(value)} | ${cell(on)} |`),
    '',
  ];
}

function usage({ base }: LearnedAdapter, reason: string | null): readonly string[] {
  const own = 'Caption Studio reads this folder as it is: drop it on the page, or `caption-studio caption PICTURES --adapter FOLDER`.';
  if (reason !== null) return [`${own} PEFT does not read it: ${reason}.`];
  if (!base.name.includes('/')) return [`${own} PEFT reads it on the same base: \`PeftModel.from_pretrained(base, "FOLDER")\`.`];
  const revision = base.revision === null ? '' : `, revision=${JSON.stringify(base.revision)}`;
  return [
    own,
    '',
    '```python',
    'from peft import PeftModel',
    'from transformers import AutoModelForImageTextToText',
    '',
    `base = AutoModelForImageTextToText.from_pretrained(${JSON.stringify(base.name)}${revision})`,
    'model = PeftModel.from_pretrained(base, "FOLDER")',
    '```',
  ];
}
