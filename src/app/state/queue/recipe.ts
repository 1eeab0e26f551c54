/** @file How a picture is to be captioned: prompt, system prompt, the decoding options that differ from the model's own, and what becomes of captions that are there. */

import type { DecodingOptions, PromptRequest } from '../../../../workers/api.ts';
import type { ModelAuthor } from '../../../core/dataset/item.ts';
import type { ExistingPolicy } from '../../../core/dataset/template/existing-policy.ts';
import { parseTemplate, renderTemplate, type TemplateSubject } from '../../../core/dataset/template/template.ts';
import { labelOf, type ChosenStyle } from '../styles/style-record.ts';

/** What was asked for, kept with each picture so that a later change of settings does not touch what waits. */
export interface Recipe {
  /** The preset's name, for people. */
  readonly label: string;
  readonly prompt: string;
  /** null is the model's own. */
  readonly system: string | null;
  readonly changes: Partial<DecodingOptions>;
  /** What becomes of a caption that is there; absent, the new one takes its place. */
  readonly existing?: ExistingPolicy;
  /** The style it is written in; absent or null, the model as it is. */
  readonly style?: ChosenStyle | null;
}

/**
 * Puts what is known of a picture into the prompt's fields, such as `{name}` or `{caption}`.
 *
 * @throws {StudioError} 'prompt-invalid' when a field is unknown
 */
export function fillPrompt({ prompt, system, existing }: Recipe, subject: TemplateSubject): PromptRequest {
  const template = parseTemplate(prompt);
  const caption = subject.item.captions[0]?.text.trim() ?? '';
  // A prompt without a place for the caption gets one behind it.
  const isTold = existing === 'context' && !template.usesCaption && caption !== '';
  return { system, prompt: `${renderTemplate(template, subject)}${isTold ? `\nThis is said of it already: ${caption}` : ''}` };
}

/** The full decoding options: the model's defaults, then the recipe's changes. */
export function fillDecoding(recipe: Recipe, defaults: DecodingOptions): DecodingOptions {
  return { ...defaults, ...recipe.changes };
}

/** What a caption that is written with a recipe is signed with beside model, style and prompt. */
export function signDecoding({ changes }: Pick<Recipe, 'changes'>): Pick<ModelAuthor, 'decoding'> {
  return Object.keys(changes).length === 0 ? {} : { decoding: { ...changes } };
}

/** Names a recipe by its prompt and style. */
export function sayRecipe({ label, style }: Pick<Recipe, 'label' | 'style'>): string {
  return style ? `${label}, ${labelOf(style)}` : label;
}
