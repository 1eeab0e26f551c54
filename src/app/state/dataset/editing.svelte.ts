/** @file Changes of captions and tags, by hand or of many at once: each is one step that can be undone, also after a reload. */

import { applyChanges, type ContentChange, type EditStep } from '../../../core/dataset/edit/history.ts';
import { sameContent } from '../../../core/dataset/edit/same-content.ts';
import { withCaption, type Author, type ItemContent } from '../../../core/dataset/item.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { EditLog } from './edit-log.svelte.ts';
import type { History, Step } from '../history.svelte.ts';
import type { Library } from '../cards/library.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import { offerTyped } from '../offer-typed.ts';
import { sayCount } from '../words.ts';

/** What a picture is to say from now on. */
export interface CardChange {
  readonly card: Card;
  readonly after: ItemContent;
}

/** What editing stands on. */
export interface EditingParts {
  readonly library: Library;
  readonly log: EditLog;
  readonly history: History;
  readonly notices: Notices;
  /** Hears of pictures that were deleted. */
  readonly onRemoved: (cards: readonly Card[]) => void;
  /** Hears of pictures that came back. */
  readonly onRestored: (cards: readonly Card[]) => void;
}

const person: Author = { kind: 'person' };

/** The one way in which captions and tags are changed by people. */
export class Editing {
  readonly #parts: EditingParts;
  /** The step that collects what the model writes at the moment. */
  #rewriting: { step: EditStep; readonly entry: Step } | undefined;

  constructor(parts: EditingParts) {
    this.#parts = parts;
  }

  /** Brings back the steps of earlier visits. */
  async load(): Promise<void> {
    const { log, history } = this.#parts;
    const { steps, position } = await log.load();
    const entries = steps.map((step) => this.#entryOf(step));
    history.restore(entries.slice(0, position), entries.slice(position));
  }

  /** Sets a caption by hand. */
  write(card: Card, text: string, author: Author = person): void {
    if (text === card.text) return;
    this.apply('Caption edited', [{ card, after: withCaption(card.content, { text, author }) }]);
  }

  /** Leaves a caption as it was, and offers what was typed for a while. */
  leave(card: Card, text: string): void {
    if (text !== card.text) this.#offer(card, text, () => this.write(card, text));
  }

  /** Leaves tags as they were, and offers those that were typed for a while. */
  leaveTags(card: Card, typed: readonly string[]): void {
    const take = (): void => this.setTags(card, [...new Set([...card.content.tags, ...typed])]);
    if (typed.length > 0) this.#offer(card, typed.join(', '), take);
  }

  /** Sets tags by hand. */
  setTags(card: Card, tags: readonly string[]): void {
    this.apply('Tags edited', [{ card, after: { ...card.content, tags } }]);
  }

  /** Changes any number of pictures as one step; returns how many were changed. */
  apply(label: string, changes: readonly CardChange[]): number {
    const real = changes.filter(({ card, after }) => !sameContent(card.content, after));
    const recorded = real.map(({ card, after }): ContentChange => ({ path: card.id, before: card.content, after }));
    for (const { card, after } of real) this.#put(card, after);
    this.record(label, recorded);
    return real.length;
  }

  /** Remembers changes that have been made already, as by a model. */
  record(label: string, changes: readonly ContentChange[]): void {
    const step = this.#parts.log.record({ label, atMs: Date.now(), changes });
    if (step !== undefined) this.#parts.history.add(this.#entryOf(step));
  }

  /** Deletes pictures as one step, with a way back in a notice; `deed` is the word for it. */
  remove(cards: readonly Card[], deed = 'deleted'): void {
    const { log, history, notices } = this.#parts;
    const removed = cards.map(({ id }) => id);
    const step = log.record({ label: `${sayCount(removed.length, 'picture')} ${deed}`, atMs: Date.now(), changes: [], removed });
    if (step === undefined) return;
    this.#remove(removed);
    const entry = this.#entryOf(step);
    history.add(entry);
    // A step that others stand upon cannot be taken back alone, but its pictures can come back.
    const undo = (): void => {
      if (history.newest === entry) history.undo();
      else this.restore(removed);
    };
    notices.say({ title: step.label, acts: [{ label: 'Undo', run: undo }] });
  }

  /** Remembers a caption that a model wrote in place of another; those of one run are one step as long as nothing else is done. */
  noteRewritten(card: Card, before: ItemContent): void {
    const { log, history } = this.#parts;
    const change = { path: card.id, before, after: card.content };
    const isNewest = this.#rewriting !== undefined && history.newest === this.#rewriting.entry;
    const longer = isNewest && this.#rewriting !== undefined ? log.extend(this.#rewriting.step, change) : undefined;
    if (longer !== undefined && this.#rewriting !== undefined) {
      this.#rewriting.step = longer;
      return;
    }
    const step = log.record({ label: 'Captions written again', atMs: Date.now(), changes: [change] });
    if (step === undefined) return;
    const entry = this.#entryOf(step);
    history.add(entry);
    this.#rewriting = { step, entry };
  }

  /** Lets the next caption that a model writes begin a step of its own. */
  closeRun(): void {
    this.#rewriting = undefined;
  }

  #entryOf(step: EditStep): Step {
    const { log } = this.#parts;
    return {
      label: step.label,
      undo: () => {
        this.restore(step.removed ?? []);
        this.#replay(log.undo()?.changes);
      },
      redo: () => {
        this.#remove(step.removed ?? []);
        this.#replay(log.redo()?.changes);
      },
      lapse: () => log.dropUndone(),
    };
  }

  #offer(card: Card, typed: string, take: () => void): void {
    const { library, notices } = this.#parts;
    offerTyped(notices, { of: card.name, typed }, () => {
      if (library.find(card.id) === card) take();
      else notices.say({ title: 'This picture was deleted', text: `You had typed: ${typed}` });
    });
  }

  #remove(ids: readonly string[]): void {
    const { library, onRemoved } = this.#parts;
    const cards = ids.flatMap((id) => library.find(id) ?? []);
    library.remove(cards);
    onRemoved(cards);
  }

  /** Brings deleted pictures back, and tells of those that are gone for good. */
  restore(ids: readonly string[]): void {
    const { library, notices, onRestored } = this.#parts;
    const cards = library.restore(ids);
    onRestored(cards);
    const lost = ids.filter((id) => library.find(id) === undefined).length;
    if (lost > 0) notices.say({ title: `${sayCount(lost, 'picture')} cannot come back`, text: 'The bin was emptied.' });
  }

  #replay(changes: readonly ContentChange[] = []): void {
    const { library, notices } = this.#parts;
    const { contents, conflicts } = applyChanges(changes, (id) => library.find(id)?.content);
    for (const [id, content] of contents) {
      const card = library.find(id);
      if (card !== undefined) this.#put(card, content);
    }
    const changed = conflicts.filter((id) => library.find(id) !== undefined).length;
    if (changed === 0) return;
    const were = changed === 1 ? 'It was' : 'They were';
    notices.say({ title: `${sayCount(changed, 'picture')} left as now`, text: `${were} changed since by something else.` });
  }

  #put(card: Card, content: ItemContent): void {
    card.put(content);
    if (card.isBusy || card.isQueued) {
      this.#parts.library.save(card);
      return;
    }
    // A change to many says nothing of why this one failed.
    const staysFailed = card.state === 'failed' && card.author?.kind === 'rule';
    if (card.text !== '' && !staysFailed) card.state = 'done';
    else if (card.state === 'done') card.state = 'waiting';
    this.#parts.library.save(card);
  }
}
