/** @file One job: some pictures of the line that are asked for alike, and what the engine tells of each. */

import type { AdapterChoice } from '../../../../workers/adapters-api.ts';
import type { CaptionEvent, ModelSummary } from '../../../../workers/api.ts';
import type { ItemContent } from '../../../core/dataset/item.ts';
import { StudioError } from '../../../core/error.ts';
import type { Studio } from '../../studio.ts';
import type { Card } from '../cards/card.svelte.ts';
import { openJobPictures } from './job-pictures.ts';
import type { LaidOut } from './laying-out.svelte.ts';
import type { Library } from '../cards/library.svelte.ts';
import { fillDecoding, type Recipe } from './recipe.ts';
import { untilStopped } from '../../until-stopped.ts';

/** Where cards are found, read and written down: the library, or another room's own. */
export type CardShelf = Pick<Library, 'find' | 'read' | 'save'>;

/** What a job works with. */
export interface JobParts {
  readonly studio: Studio;
  readonly library: CardShelf;
  /** Puts a style on; without it captions are the model's own. */
  readonly wear?: (style: Recipe['style']) => Promise<readonly AdapterChoice[]>;
  /** Hears of a caption that took the place of another. */
  readonly onRewritten?: (card: Card, before: ItemContent) => void;
}

/** Who hears of each picture, and when a job should end early. */
export interface JobWatch {
  /** Ends it within one token. */
  readonly stop: AbortSignal;
  /** Ends it when the pictures that are being written are done. */
  readonly pause: AbortSignal;
  readonly onStart: () => void;
  /** Hears of a style that takes long; undefined when it is on, or given up. */
  readonly onLayingOut?: (laid: LaidOut | undefined) => void;
  readonly onDone: (card: Card, tokens: number) => void;
  readonly onFailure: (card: Card, error: unknown) => void;
}

type PictureEvent = Exclude<CaptionEvent, { kind: 'laying out' }>;

/** Pictures that one job is given: enough for the engine to choose its batches, few enough to open at once. */
export const jobSize = 64;

/**
 * Captions cards that are asked for alike; what the first one's recipe says of decoding and style holds for all.
 *
 * @throws {StudioError} what the engine throws; 'internal' when it ended well without finishing a picture
 */
export async function runJob(cards: readonly Card[], summary: ModelSummary, parts: JobParts, watch: JobWatch): Promise<void> {
  const pictures = await openJobPictures(cards, parts.library, watch.onFailure);
  const [first] = pictures;
  if (first === undefined || watch.stop.aborted || watch.pause.aborted) return;
  const decoding = fillDecoding(first.card.recipe, summary.defaults);
  const wearing = parts.wear?.(first.card.recipe.style) ?? Promise.resolve([]);
  // Reading a style may wait behind a training for long; what is given up is read to its end all the same, and is there the next time.
  const adapters = await untilStopped(wearing, AbortSignal.any([watch.stop, watch.pause]));
  if (adapters === undefined) return;
  const asked = new Map(pictures.map(({ card }) => [card.id, card.recipe]));
  let through = 0;
  const take = (event: CaptionEvent): void => {
    if (event.kind === 'laying out') {
      watch.onLayingOut?.({ ...event, name: first.card.recipe.style?.name ?? '' });
      return;
    }
    watch.onLayingOut?.(undefined);
    const card = parts.library.find(event.id);
    // A card that was deleted or taken out of the line meanwhile has no use for its caption.
    if (card?.isQueued !== true) {
      through += 1;
      return;
    }
    if (event.kind === 'done' || event.kind === 'failed') through += 1;
    follow(card, event);
  };
  const follow = (card: Card, event: PictureEvent): void => {
    switch (event.kind) {
      case 'looking':
        card.state = 'looking';
        card.draft = '';
        return;
      case 'writing':
        card.state = 'writing';
        card.draft = event.text;
        return;
      case 'done':
        if (JSON.stringify(card.recipe) !== JSON.stringify(asked.get(card.id))) {
          card.wait(); // asked for otherwise meanwhile: the next job writes it
          return;
        }
        finish(card, event, { summary, ...(parts.onRewritten && { onRewritten: parts.onRewritten }) });
        watch.onDone(card, tokensOf(event));
        return;
      case 'failed':
        watch.onFailure(card, new StudioError(event.error.code, event.error.message));
        return;
      default:
        event satisfies never;
    }
  };
  watch.onStart();
  try {
    const requests = pictures.map(({ request }) => request);
    const job = { pictures: requests, decoding, adapters, stop: watch.stop, pause: watch.pause };
    const result = await parts.studio.caption(job, take);
    if (result.end === 'finished' && result.pictures === 0 && through === 0) {
      throw new StudioError('internal', 'queue: a job finished without finishing any of its pictures; try again');
    }
  } finally {
    watch.onLayingOut?.(undefined);
    for (const { card } of pictures) if (card.isBusy) card.rest();
  }
}

function finish(
  card: Card,
  event: Extract<CaptionEvent, { kind: 'done' }>,
  { summary, onRewritten }: Pick<JobParts, 'onRewritten'> & { readonly summary: ModelSummary },
): void {
  const before = card.content;
  card.finish(event, summary);
  if (before.captions.length > 0) onRewritten?.(card, before);
}

function tokensOf({ captions }: Extract<CaptionEvent, { kind: 'done' }>): number {
  return captions.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
}
