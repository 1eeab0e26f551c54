/** @file How a picture is to be captioned: prompt, system prompt and the decoding options that differ from the model's own. */

import type { DecodingOptions, PromptRequest } from '../../../workers/api.ts';

/** What was asked for, kept with each picture so that a later change of settings does not touch what waits. */
export interface Recipe {
  /** The preset's name, for people. */
  readonly label: string;
  readonly prompt: string;
  /** null is the model's own. */
  readonly system: string | null;
  readonly changes: Partial<DecodingOptions>;
}

/** Puts a picture's own words into the prompt's fields: `{name}` is its file name without the ending. */
export function fillPrompt(recipe: Recipe, pictureName: string): PromptRequest {
  const name = pictureName.replace(/\.[^.]*$/, '');
  return { system: recipe.system, prompt: recipe.prompt.replaceAll('{name}', name) };
}

/** The full decoding options: the model's defaults, then the recipe's changes. */
export function fillDecoding(recipe: Recipe, defaults: DecodingOptions): DecodingOptions {
  return { ...defaults, ...recipe.changes };
}
