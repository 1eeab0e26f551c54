/** @file Looks the captions and pictures over: flags, duplicates, words; what it finds can be filtered by. */

import type { FlagName } from '../../../core/dataset/check/flag.ts';
import { findSameCaptions } from '../../../core/dataset/check/same-captions.ts';
import type { CaptionFlag } from '../../../core/dataset/check/flag.ts';
import type { LookedPicture } from '../../../../workers/api.ts';
import type { Studio } from '../../studio.ts';
import type { Card } from '../cards/card.svelte.ts';
import { itemOfCard } from './dataset-items.ts';
import type { Library } from '../cards/library.svelte.ts';
import type { TokenCount } from './token-count.svelte.ts';

/** Flags of a caption, as long as it says what it said. */
interface KnownFlags {
  readonly key: string;
  readonly flags: readonly CaptionFlag[];
}

/** Captions that are checked in one go. */
const captionsAtOnce = 250;

/** On so many pictures the same caption says nothing. */
const minSame = 3;

/** What was found. */
export class LookOver {
  progress = $state.raw<{ readonly label: string; readonly done: number; readonly total: number } | undefined>(undefined);
  exact = $state.raw<readonly (readonly string[])[]>([]);
  near = $state.raw<readonly (readonly string[])[]>([]);
  /** Whether pictures were compared yet. */
  hasCompared = $state(false);
  #flags = $state.raw<ReadonlyMap<string, KnownFlags>>(new Map());
  #same = $state.raw<ReadonlyMap<string, CaptionFlag>>(new Map());
  readonly #duplicates = $derived(new Set([...this.exact, ...this.near].flat()));
  readonly #looked = new Map<string, LookedPicture>();
  readonly #studio: Studio;
  readonly #library: Library;
  #stop = new AbortController();

  readonly #tokens: TokenCount;

  constructor({ studio, library, tokens }: { readonly studio: Studio; readonly library: Library; readonly tokens: TokenCount }) {
    this.#studio = studio;
    this.#library = library;
    this.#tokens = tokens;
  }

  /** The flags of a card's caption; none once it was changed since. */
  flagsOf(card: Card): readonly CaptionFlag[] {
    const known = this.#flags.get(card.id);
    if (card.text === '') return [];
    const own = known?.key === keyOf(card) ? [...known.flags, ...this.#tooLong(card, known.flags)] : [];
    const same = this.#same.get(card.text);
    return same === undefined ? own : [...own, same];
  }

  /** By the counter of now, which may be another than when the captions were checked. */
  #tooLong({ text }: Card, flags: readonly CaptionFlag[]): readonly CaptionFlag[] {
    const { name, limit } = this.#tokens;
    const tokens = this.#tokens.count(text) ?? 0;
    if (tokens <= limit || flags.some((flag) => flag.name === 'long')) return [];
    return [{ name: 'long', message: `${String(tokens)} tokens; ${name} reads ${String(limit)} and drops the rest` }];
  }

  /** Marks for filters. */
  marksOf(card: Card): readonly string[] {
    return this.#duplicates.has(card.id) ? ['duplicate'] : [];
  }

  /** How many pictures have each flag, the commonest first. */
  countFlags(): readonly (readonly [FlagName, number])[] {
    const counts = new Map<FlagName, number>();
    for (const card of this.#library.cards) {
      for (const name of new Set(this.flagsOf(card).map((flag) => flag.name))) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  /** Ends what is under way; what was found so far stays. */
  cancel(): void {
    this.#stop.abort();
  }

  /** Checks all captions that were not checked as they are. */
  async checkCaptions(): Promise<void> {
    if (this.progress !== undefined) return;
    // Without the counter there are words to go by.
    await this.#tokens.prepare().catch(() => undefined);
    const { cards } = this.#library;
    const due = cards.filter((card) => card.text !== '' && this.#flags.get(card.id)?.key !== keyOf(card));
    await this.#work('Looking captions over', due, captionsAtOnce, async (some) => {
      const found = await this.#studio.lookOver.checkCaptions(
        some.map(({ id, text, content }) => ({
          id,
          caption: text,
          tags: [...content.tags],
          references: content.captions.slice(1).flatMap((caption) => (caption.author.kind === 'file' ? [caption.text] : [])),
        })),
      );
      const byId = new Map(found.map(({ id, flags }) => [id, flags]));
      const next = new Map(this.#flags);
      for (const card of some) next.set(card.id, { key: keyOf(card), flags: byId.get(card.id) ?? [] });
      this.#flags = next;
    });
    this.#findSame(cards);
  }

  /** Finds pictures that are the same, byte for byte or to the eye. */
  async comparePictures(): Promise<void> {
    if (this.progress !== undefined) return;
    const { cards } = this.#library;
    await this.#work(
      'Comparing pictures',
      cards.filter(({ id }) => !this.#looked.has(id)),
      1,
      async ([card]) => {
        if (card === undefined) return;
        try {
          const file = await this.#library.read(card);
          this.#looked.set(card.id, await this.#studio.lookOver.lookAt({ id: card.id, name: card.name, file }));
        } catch {
          // A picture that cannot be read fails on its own card, and is like no other.
        }
      },
    );
    const there = cards.flatMap(({ id }) => this.#looked.get(id) ?? []);
    const { exact, near } = await this.#studio.lookOver.groupDuplicates(there);
    this.exact = exact;
    const isExact = new Set(exact.map((ids) => ids.join()));
    this.near = near.filter((ids) => !isExact.has(ids.join()));
    this.hasCompared = true;
  }

  #findSame(cards: readonly Card[]): void {
    const byId = new Map(cards.map((card) => [card.id, card]));
    const same = new Map<string, CaptionFlag>();
    for (const { paths } of findSameCaptions(cards.map(itemOfCard), minSame)) {
      for (const id of paths) same.set(byId.get(id)?.text ?? '', { name: 'same', message: `stands on ${String(paths.length)} pictures` });
    }
    this.#same = same;
  }

  async #work(label: string, cards: readonly Card[], atOnce: number, each: (some: readonly Card[]) => Promise<void>): Promise<void> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    try {
      for (let at = 0; at < cards.length && !signal.aborted; at += atOnce) {
        this.progress = { label, done: at, total: cards.length };
        await each(cards.slice(at, at + atOnce));
      }
    } finally {
      this.progress = undefined;
    }
  }
}

function keyOf({ content }: Card): string {
  return JSON.stringify([content.captions.map(({ text }) => text), content.tags]);
}
