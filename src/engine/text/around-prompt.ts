/** @file The text around a written prompt as ids, for soft tokens that stand in the prompt's place. */

import { StudioError } from '../../core/error.ts';
import { encodePrompt } from './prompt-ids.ts';
import { renderPrompt } from './prompt.ts';
import { countOf, imagePlace, type ChatTemplate, type PromptTexts } from './template.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** The ids around a picture and around the place of the written prompt. */
export interface AroundPrompt {
  /** Before the picture. */
  readonly before: readonly number[];
  /** Between picture and prompt. */
  readonly between: readonly number[];
  /** After the prompt, up to where the answer begins. */
  readonly after: readonly number[];
}

/** A word that no template has. */
const mark = 'the-place-of-the-prompt';

/**
 * Encodes a template's text without a prompt; the two sides of the prompt's place are encoded for themselves.
 *
 * @throws {StudioError} 'prompt-invalid' when the template puts the prompt before the picture, or more than once
 */
export function encodeAroundPrompt(
  tokenizer: TextTokenizer,
  template: ChatTemplate,
  system: PromptTexts['system'],
): AroundPrompt & { readonly text: string; readonly answerLead: string } {
  const rendered = renderPrompt(template, { system, prompt: mark });
  if (countOf(mark, rendered.after) !== 1) {
    throw new StudioError(
      'prompt-invalid',
      'prompt: this template puts the prompt before the picture; soft tokens cannot stand in its place',
    );
  }
  const at = rendered.after.indexOf(mark);
  const head = rendered.after.slice(0, at);
  const tail = rendered.after.slice(at + mark.length);
  const ids = encodePrompt(tokenizer, { ...rendered, text: rendered.before + imagePlace + head, after: head });
  return {
    before: ids.before,
    between: ids.after,
    after: tokenizer.encode(tail, { special: false }),
    text: rendered.before + imagePlace + head + tail,
    answerLead: rendered.answerLead,
  };
}
