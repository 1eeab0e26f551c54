/** @file A prompt as the sequence that a decoder reads: tokens, and rows of a picture and of a learned prompt in their places. */

import { StudioError } from '../../core/error.ts';
import type { OpenModel } from '../model.ts';
import { encodeAroundPrompt } from '../text/around-prompt.ts';
import { encodePrompt } from '../text/prompt-ids.ts';
import { renderPrompt, type RenderedPrompt } from '../text/prompt.ts';
import type { PromptTexts } from '../text/template.ts';
import type { SequenceEntry } from './decoder-step.ts';

/** A prompt as ids, cut where rows stand. */
export interface PromptParts {
  /** The whole text, for people. */
  readonly text: string;
  /** Before the picture. */
  readonly before: readonly number[];
  /** After the picture. */
  readonly between: readonly number[];
  /** Rows of a learned prompt that stand after `between`; 0 where there is none. */
  readonly softTokens: number;
  /** After these, `start` included. */
  readonly after: readonly number[];
  /** The last ids of all, with which the caption begins; empty where it is free. */
  readonly start: readonly number[];
}

/** Where rows lie among all rows of a batch. */
export interface RowPlaces {
  readonly firstRow: number;
  readonly rowCount: number;
  /** The first row of the learned prompt. */
  readonly softRow: number;
  readonly imageTokenId: number;
}

/**
 * Makes the parts of what a user wrote; a learned prompt that stands in the written one's place takes it.
 *
 * @throws {StudioError} 'prompt-invalid' when the template or the learned prompt does not go with the texts
 */
export function promptParts(model: OpenModel, texts: PromptTexts, startsWith = ''): PromptParts {
  if (model.soft) return aroundSoftPrompt(model, model.soft.tokens, texts.system, startsWith);
  return writtenParts(model, renderPrompt(model.template, texts), startsWith);
}

/**
 * Makes the parts of a rendered prompt, such as a whole text that was given as it is.
 *
 * @throws {StudioError} 'prompt-invalid' when a learned prompt should stand in its place: a whole text does not say where that is
 */
export function renderedParts(model: OpenModel, rendered: RenderedPrompt): PromptParts {
  if (model.soft)
    throw new StudioError(
      'prompt-invalid',
      'prompt: this style stands in the place of the written prompt, which a whole text does not tell',
    );
  return writtenParts(model, rendered, '');
}

function writtenParts(model: OpenModel, rendered: RenderedPrompt, startsWith: string): PromptParts {
  const { before, after, start } = encodePrompt(model.tokenizer, rendered, startsWith);
  return { text: rendered.text, before, between: [], softTokens: 0, after, start };
}

function aroundSoftPrompt(model: OpenModel, softTokens: number, system: string | null, startsWith: string): PromptParts {
  const around = encodeAroundPrompt(model.tokenizer, model.template, system);
  const opening = startsWith.trimEnd();
  const lead = /^\s/.test(opening) ? '' : around.answerLead;
  const start = opening.trim() === '' ? [] : model.tokenizer.encode(lead + opening, { special: false });
  const { before, between, after } = around;
  return {
    text: `${around.text} [${String(softTokens)} learned tokens as the prompt]`,
    before,
    between,
    softTokens,
    after: [...after, ...start],
    start,
  };
}

/** Counts the positions of a prompt without its picture. */
export function promptLength({ before, between, softTokens, after }: PromptParts): number {
  return before.length + between.length + softTokens + after.length;
}

/** Joins the parts in order. */
export function promptSequence(parts: PromptParts, places: RowPlaces): readonly SequenceEntry[] {
  const tokens = (ids: readonly number[]): readonly SequenceEntry[] => ids.map((token) => ({ token, row: -1 }));
  const rows = (first: number, count: number): readonly SequenceEntry[] =>
    Array.from({ length: count }, (_, i) => ({ token: places.imageTokenId, row: first + i }));
  return [
    ...tokens(parts.before),
    ...rows(places.firstRow, places.rowCount),
    ...tokens(parts.between),
    ...rows(places.softRow, parts.softTokens),
    ...tokens(parts.after),
  ];
}

/**
 * Tells how many tokens can still be written after a prompt.
 *
 * @throws {StudioError} 'prompt-invalid' when the prompt fills the context already
 */
export function roomFor(wanted: number, promptLength: number, contextLength: number): number {
  const room = contextLength - promptLength;
  if (room < 1) {
    throw new StudioError(
      'prompt-invalid',
      `prompt: takes ${String(promptLength)} positions with the picture, this model reads ${String(contextLength)}; make it shorter`,
    );
  }
  return Math.min(wanted, room);
}
