/** @file Captions as the ids that are learned. */

import type { OpenModel } from '../../model.ts';
import { encodePrompt } from '../../text/prompt-ids.ts';
import { imagePlace } from '../../text/template.ts';
import { present } from '../../../core/error.ts';
import type { PromptLayout } from './prompt-layout.ts';

/** A picture's captions as ids. */
export interface EncodedCaptions {
  /** Each with the end token, none empty. */
  readonly captions: readonly (readonly number[])[];
  /** How many were longer than is learned. */
  readonly cutCount: number;
}

/** Gives what of a caption is learned: its words, without the mark of a picture's place, which no caption can have. */
export function learnedText(caption: string): string {
  return caption.replaceAll(imagePlace, ' ').trim();
}

/** Tells whether a caption has the mark of a picture's place in it. */
export function hasImagePlace(caption: string): boolean {
  return caption.includes(imagePlace);
}

/**
 * Encodes captions as the model would have to write them: led in by the template, ended by its end token; a cut one has no end, since it
 * would teach the model to stop in the middle of a sentence.
 */
export function encodeCaptions(model: OpenModel, layout: PromptLayout, captions: readonly string[], maxTokens: number): EncodedCaptions {
  const end = present(model.stopIds[0], 'the model has no token that ends a text');
  let cutCount = 0;
  const encoded = captions.flatMap((caption) => {
    const text = learnedText(caption);
    if (text === '') return [];
    const ids = [...captionIds(model, layout, text), end];
    if (ids.length <= maxTokens) return [ids];
    cutCount++;
    return [ids.slice(0, maxTokens)];
  });
  return { captions: encoded, cutCount };
}

function captionIds(model: OpenModel, layout: PromptLayout, text: string): readonly number[] {
  // Where soft tokens stand in the prompt's place, only the lead matters: the ids of the caption do not reach over it.
  return encodePrompt(model.tokenizer, layout.rendered, text).start;
}
