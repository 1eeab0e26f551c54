/** @file The prompt of one caption as text, cut where the picture stands. */

import { StudioError } from '../../core/error.ts';
import { type ChatTemplate, countOf, imagePlace, type PromptTexts } from './template.ts';

/** The whole text that a model reads, with the place of the picture. */
export interface RenderedPrompt {
  readonly text: string;
  readonly before: string;
  readonly after: string;
  /** What stands between the prompt and the first word of an answer: ' ' after `ASSISTANT:`. */
  readonly answerLead: string;
}

/**
 * Renders what a user wrote by a model's template.
 *
 * @throws {StudioError} 'prompt-invalid' when the user's text has a place for a picture itself, or the template has none for the text
 */
export function renderPrompt(template: ChatTemplate, texts: PromptTexts): RenderedPrompt {
  for (const [name, text] of [
    ['prompt', texts.prompt],
    ['system prompt', texts.system],
  ] as const) {
    if (text?.includes(imagePlace) === true)
      throw new StudioError('prompt-invalid', `${name}: must not contain ${imagePlace}; the template puts the picture in its place`);
  }
  let text: string;
  try {
    text = template.render(texts);
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('prompt-invalid', `prompt: the template of this model refuses it (${reason})`, { cause });
  }
  return cut(text, answerLeadOf(text));
}

/**
 * Takes a text as the whole prompt: nothing is added, not even a space before an answer.
 *
 * @throws {StudioError} 'prompt-invalid' when it has no place for the picture, or more than one
 */
export function rawPrompt(text: string): RenderedPrompt {
  return cut(text, '');
}

function cut(text: string, answerLead: string): RenderedPrompt {
  const places = countOf(imagePlace, text);
  if (places !== 1) {
    throw new StudioError(
      'prompt-invalid',
      `prompt: needs ${imagePlace} once, where the picture stands; it is there ${String(places)} times`,
    );
  }
  const at = text.indexOf(imagePlace);
  return { text, before: text.slice(0, at), after: text.slice(at + imagePlace.length), answerLead };
}

function answerLeadOf(text: string): string {
  if (/\s$/.test(text)) return '';
  return text.endsWith('<|im_start|>assistant') ? '\n' : ' ';
}
