/** @file Where picture, prompt and soft tokens stand in the sequences that are learned. */

import type { TrainEntry } from '../../../../models/decoder/train-batch.ts';
import { StudioError } from '../../../core/error.ts';
import type { OpenModel } from '../../model.ts';
import { encodeAroundPrompt } from '../../text/around-prompt.ts';
import { encodePrompt } from '../../text/prompt-ids.ts';
import { renderPrompt, type RenderedPrompt } from '../../text/prompt.ts';
import { imagePlace } from '../../text/template.ts';
import type { TrainOptions } from '../options.ts';

/** The beginning that all examples of a run share, but for their pictures. */
export interface PromptLayout {
  /** Soft tokens before everything. */
  readonly softFirst: number;
  /** Ids before the picture. */
  readonly before: readonly number[];
  /** Ids after the picture; soft tokens in the prompt's place stand at `softPlace` among them. */
  readonly after: readonly number[];
  /** Soft tokens within `after`. */
  readonly softLater: number;
  readonly softPlace: number;
  /** How the answer is led in, for encoding captions. */
  readonly rendered: RenderedPrompt;
}

/** Where the rows of one example lie among those that are fed. */
export interface ExampleRows {
  readonly firstRow: number;
  readonly rowCount: number;
  /** The first row of the soft prompt. */
  readonly softRow: number;
}

/**
 * Lays out the beginning for a method; `softTokens` is the size of the soft prompt, 0 for other methods.
 *
 * @throws {StudioError} 'prompt-invalid' when the template has no place for what is asked
 */
export function layOutPrompt(model: OpenModel, options: Pick<TrainOptions, 'method' | 'prompt'>, softTokens: number): PromptLayout {
  const rendered = renderPrompt(model.template, options.prompt);
  const { method } = options;
  if (method.kind === 'prompt' && method.placement === 'prompt') {
    const around = encodeAroundPrompt(model.tokenizer, model.template, options.prompt.system);
    return {
      softFirst: 0,
      before: around.before,
      after: [...around.between, ...around.after],
      softLater: softTokens,
      softPlace: around.between.length,
      rendered: {
        text: around.text,
        before: rendered.before,
        after: around.text.slice(rendered.before.length + imagePlace.length),
        answerLead: around.answerLead,
      },
    };
  }
  const { before, after } = encodePrompt(model.tokenizer, rendered);
  return { softFirst: softTokens, before, after, softLater: 0, softPlace: after.length, rendered };
}

/** Gives the entries that stand before the captions of one picture. */
export function startOf(layout: PromptLayout, { firstRow, rowCount, softRow }: ExampleRows): readonly TrainEntry[] {
  const tokens = (ids: readonly number[]): readonly TrainEntry[] => ids.map((token) => ({ token }));
  const rows = (first: number, count: number): readonly TrainEntry[] => Array.from({ length: count }, (_, i) => ({ row: first + i }));
  return [
    ...rows(softRow, layout.softFirst),
    ...tokens(layout.before),
    ...rows(firstRow, rowCount),
    ...tokens(layout.after.slice(0, layout.softPlace)),
    ...rows(softRow, layout.softLater),
    ...tokens(layout.after.slice(layout.softPlace)),
  ];
}

/**
 * Gives the ids of a text as they stand within a prompt, for starting soft tokens and prefixes from it. `{system}` and `{prompt}` in it stand
 * for what the run asks.
 *
 * @source arXiv 2412.03665: the learned prompt starts as the system prompt followed by the sentence, which is `{system} {prompt}`
 */
export function initIds(model: OpenModel, text: string, { system, prompt }: TrainOptions['prompt']): readonly number[] {
  const filled = text.replaceAll('{system}', () => system).replaceAll('{prompt}', () => prompt);
  const ids = model.tokenizer.encode(filled.trim(), { special: false });
  if (ids.length > 0) return ids;
  throw new StudioError('argument-invalid', 'the text that learned tokens start from has no tokens; write some words');
}

/** Tells how many soft tokens a method has. */
export function softTokenCount(model: OpenModel, { method, prompt }: Pick<TrainOptions, 'method' | 'prompt'>): number {
  if (method.kind !== 'prompt') return 0;
  if (method.tokens !== null) return method.tokens;
  if (method.initText === null)
    throw new StudioError('argument-invalid', 'prompt learning: say how many tokens, or a text that they start from');
  return initIds(model, method.initText, prompt).length;
}
