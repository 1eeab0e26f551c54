/** @file A prompt as token ids: those before the picture, those after it, and those that the answer must begin with. */

import { StudioError } from '../../core/error.ts';
import type { RenderedPrompt } from './prompt.ts';
import { imagePlace } from './template.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** The ids around a picture. */
export interface PromptIds {
  readonly before: readonly number[];
  /** After the picture, `start` included. */
  readonly after: readonly number[];
  /** The last ids of `after`, with which the caption begins; empty where it is free. */
  readonly start: readonly number[];
}

/**
 * Encodes a prompt; the ids are those of the whole text, cut at the id of the picture's place.
 *
 * White space at the end of `startsWith` is left out: a model writes it as part of the next word.
 *
 * @throws {StudioError} 'prompt-invalid' when `startsWith` has a place for a picture
 */
export function encodePrompt(tokenizer: TextTokenizer, prompt: RenderedPrompt, startsWith = ''): PromptIds {
  if (startsWith.includes(imagePlace)) throw new StudioError('prompt-invalid', `startsWith: must not contain ${imagePlace}`);
  const opening = startsWith.trim() === '' ? '' : leadInto(prompt, startsWith.trimEnd());
  const imageId = tokenizer.idOf(imagePlace);
  const { before, after } = imageId === null ? encodeSides(tokenizer, prompt) : encodeWhole(tokenizer, prompt.text, imageId);
  if (opening === '') return { before, after, start: [] };

  const longer = { ...prompt, text: prompt.text + opening, after: prompt.after + opening };
  const whole = imageId === null ? encodeSides(tokenizer, longer) : encodeWhole(tokenizer, longer.text, imageId);
  // Where a token would reach over the border, the start is encoded for itself: the prompt stays as the model knows it.
  const isContinued = after.every((id, i) => whole.after[i] === id);
  const start = isContinued ? whole.after.slice(after.length) : tokenizer.encode(opening, { special: false });
  return { before, after: [...after, ...start], start };
}

function leadInto(prompt: RenderedPrompt, startsWith: string): string {
  return /^\s/.test(startsWith) ? startsWith : prompt.answerLead + startsWith;
}

function encodeWhole(tokenizer: TextTokenizer, text: string, imageId: number): Pick<PromptIds, 'before' | 'after'> {
  const ids = tokenizer.encode(text, { special: !beginsWithBos(tokenizer, text) });
  const at = ids.indexOf(imageId);
  if (at < 0 || at !== ids.lastIndexOf(imageId)) {
    throw new StudioError('prompt-invalid', `prompt: the tokenizer of this model does not keep ${imagePlace} as one token`);
  }
  return { before: ids.slice(0, at), after: ids.slice(at + 1) };
}

/**
 * Encodes the two sides for themselves, for tokenizers that know no picture.
 *
 * @source haotian-liu/LLaVA 1.2, llava/mm_utils.py, tokenizer_image_token
 */
function encodeSides(tokenizer: TextTokenizer, prompt: RenderedPrompt): Pick<PromptIds, 'before' | 'after'> {
  const before = tokenizer.encode(prompt.before, { special: !beginsWithBos(tokenizer, prompt.before) });
  const after = tokenizer.encode(prompt.after);
  return { before, after: tokenizer.bosId !== null && after[0] === tokenizer.bosId ? after.slice(1) : after };
}

/** Tells whether a template has written the first token already, which the tokenizer must not add again. */
function beginsWithBos(tokenizer: TextTokenizer, text: string): boolean {
  const bos = tokenizer.bosId === null ? null : tokenizer.tokenOf(tokenizer.bosId);
  return bos !== null && text.startsWith(bos);
}
