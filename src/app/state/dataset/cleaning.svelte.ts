/** @file Changes to many captions at once: what is to be done, and what it would change, before it is done. */

import type { CleanContext } from '../../../core/dataset/clean/clean-caption.ts';
import { planCleaning } from '../../../core/dataset/clean/clean-dataset.ts';
import { sayOperation, type CleanOperation } from '../../../core/dataset/clean/operation.ts';
import type { ContentChange } from '../../../core/dataset/edit/history.ts';
import { sameContent } from '../../../core/dataset/edit/same-content.ts';
import { StudioError } from '../../../core/error.ts';
import type { Card } from '../cards/card.svelte.ts';
import { itemOfCard } from './dataset-items.ts';
import type { Editing } from './editing.svelte.ts';
import type { TokenCount } from './token-count.svelte.ts';

/** The fields of the window. Empty and false do nothing. */
export interface CleanFields {
  find: string;
  replacement: string;
  isPattern: boolean;
  ignoreCase: boolean;
  wholeWords: boolean;
  spaces: boolean;
  oneLine: boolean;
  punctuation: boolean;
  end: '' | 'point' | 'none';
  letters: '' | 'lower' | 'upper' | 'sentence';
  opening: boolean;
  finish: boolean;
  list: '' | 'once' | 'sorted';
  trigger: string;
  prefix: string;
  suffix: string;
  /** An empty field of numbers is undefined. */
  maxWords: number | null | undefined;
  maxTokens: number | null | undefined;
  tagSpaces: boolean;
  tagSort: boolean;
  tagFrom: string;
  tagTo: string;
  tagAdd: string;
}

/** Nothing is done. */
export const noCleaning: CleanFields = {
  find: '',
  replacement: '',
  isPattern: false,
  ignoreCase: true,
  wholeWords: false,
  spaces: false,
  oneLine: false,
  punctuation: false,
  end: '',
  letters: '',
  opening: false,
  finish: false,
  list: '',
  trigger: '',
  prefix: '',
  suffix: '',
  maxWords: null,
  maxTokens: null,
  tagSpaces: false,
  tagSort: false,
  tagFrom: '',
  tagTo: '',
  tagAdd: '',
};

/** Lists what the fields ask for, in the order in which it is done. */
export function operationsOf(fields: CleanFields): readonly CleanOperation[] {
  const { find, replacement, isPattern, ignoreCase, wholeWords, maxWords, maxTokens } = fields;
  const when = (is: boolean, operation: CleanOperation): readonly CleanOperation[] => (is ? [operation] : []);
  return [
    ...when(find !== '', { kind: 'replace', find, replacement, isPattern, ignoreCase, wholeWords }),
    ...when(fields.opening, { kind: 'opening' }),
    ...when(fields.finish, { kind: 'finish' }),
    ...when(fields.oneLine, { kind: 'one-line' }),
    ...when(fields.punctuation, { kind: 'punctuation' }),
    ...when(fields.list !== '', { kind: 'list', isSorted: fields.list === 'sorted' }),
    ...(fields.letters === '' ? [] : [{ kind: 'case' as const, to: fields.letters }]),
    ...(typeof maxWords !== 'number' ? [] : [{ kind: 'max-words' as const, count: maxWords }]),
    ...(typeof maxTokens !== 'number' ? [] : [{ kind: 'max-tokens' as const, count: maxTokens }]),
    ...when(fields.end !== '', { kind: 'end', sign: fields.end === 'point' ? '.' : '' }),
    ...when(fields.spaces, { kind: 'spaces' }),
    ...when(fields.trigger.trim() !== '', { kind: 'trigger', word: fields.trigger.trim() }),
    ...when(fields.prefix !== '', { kind: 'prefix', text: fields.prefix }),
    ...when(fields.suffix !== '', { kind: 'suffix', text: fields.suffix }),
    ...when(fields.tagSpaces, { kind: 'tag-spaces' }),
    ...when(fields.tagFrom.trim() !== '', { kind: 'tag-rename', from: fields.tagFrom.trim(), to: fields.tagTo.trim() }),
    ...when(fields.tagAdd.trim() !== '', { kind: 'tag-add', tag: fields.tagAdd.trim() }),
    ...when(fields.tagSort, { kind: 'tag-sort' }),
  ];
}

/** What a preview shows of one picture. */
export interface PreviewedChange {
  readonly card: Card;
  readonly change: ContentChange;
}

/** The screen stays alive between so many pictures. */
const chunk = 400;

/** Someone who types is not worked for between the letters. */
const restMs = 160;

/** A trigger word would be the whole caption of a picture that could not be captioned: that one stays without. */
function ofCard(card: Card, change: ContentChange): readonly PreviewedChange[] {
  if (card.state !== 'failed' || card.text !== '') return [{ card, change }];
  const after = { ...change.after, captions: change.before.captions };
  return sameContent(change.before, after) ? [] : [{ card, change: { ...change, after } }];
}

/** What was typed into a window that was closed without a change, by where changes go: it stands in the next one. */
const drafts = new WeakMap<Editing, CleanFields>();

/** The window's state. */
export class Cleaning {
  fields = $state<CleanFields>({ ...noCleaning });
  changes = $state.raw<readonly PreviewedChange[]>([]);
  trouble = $state('');
  isLooking = $state(false);
  readonly cards: readonly Card[];
  readonly #editing: Editing;
  readonly #tokens: TokenCount | undefined;
  #isApplied = false;

  constructor(cards: readonly Card[], editing: Editing, tokens?: TokenCount) {
    this.cards = cards;
    this.#tokens = tokens;
    this.#editing = editing;
    this.fields = { ...noCleaning, ...drafts.get(editing) };
  }

  /** Closes the window; what was typed and not applied is there the next time. */
  leave(): void {
    if (!this.#isApplied) drafts.set(this.#editing, $state.snapshot(this.fields));
  }

  /** What is asked for. */
  get operations(): readonly CleanOperation[] {
    return operationsOf(this.fields);
  }

  /** Pictures that failed and stay without a caption, where a trigger word would be one. */
  get leftFailed(): number {
    return this.fields.trigger.trim() === '' ? 0 : this.cards.filter(({ state, text }) => state === 'failed' && text === '').length;
  }

  /** Finds out soon what would change; returns how to call it off. */
  previewSoon(): () => void {
    const { operations } = this;
    let isOff = false;
    this.isLooking = operations.length > 0;
    const timer = setTimeout(() => void this.#preview(operations, () => isOff), restMs);
    return () => {
      isOff = true;
      clearTimeout(timer);
    };
  }

  /** Makes the changes, as one step; returns how many pictures were changed. */
  apply(): number {
    this.#isApplied = true;
    drafts.delete(this.#editing);
    const label = this.operations.length === 1 ? this.operations.map(sayOperation).join('') : 'Captions cleaned up';
    return this.#editing.apply(
      label,
      this.changes.map(({ card, change }) => ({ card, after: change.after })),
    );
  }

  async #contextFor(operations: readonly CleanOperation[]): Promise<CleanContext> {
    const tokens = this.#tokens;
    if (tokens === undefined || !operations.some(({ kind }) => kind === 'max-tokens')) return {};
    await tokens.prepare();
    return { countTokens: (text) => tokens.count(text) ?? 0 };
  }

  async #preview(operations: readonly CleanOperation[], isOff: () => boolean): Promise<void> {
    const found: PreviewedChange[] = [];
    this.trouble = '';
    try {
      const context = await this.#contextFor(operations);
      for (let at = 0; at < this.cards.length && operations.length > 0; at += chunk) {
        const cards = new Map(this.cards.slice(at, at + chunk).map((card) => [card.id, card]));
        for (const change of planCleaning([...cards.values()].map(itemOfCard), operations, context)) {
          const card = cards.get(change.path);
          if (card !== undefined) found.push(...ofCard(card, change));
        }
        await new Promise((resolve) => setTimeout(resolve));
        if (isOff()) return;
      }
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      this.trouble = error.message;
      found.length = 0;
    }
    if (isOff()) return;
    this.changes = found;
    this.isLooking = false;
  }
}
