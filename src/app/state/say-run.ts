/** @file What came of captioning many pictures, in words. */

import type { Card } from './card.svelte.ts';
import type { Gallery } from './gallery.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import type { FinishedRun } from './run-tally.svelte.ts';
import { sayCount, sayTime } from './words.ts';

/** A run that is shorter, without a failure, is seen on the cards. */
const minPictures = 20;

/** What the report can do something with. */
interface Hearers {
  readonly notices: Notices;
  readonly gallery: Gallery;
  readonly library: { readonly cards: readonly Card[] };
  retry(cards: readonly Card[]): void;
}

/** Tells what came of a run, with the ways on; returns whether there was something to tell. */
export function sayRun({ pictures, failed, tokens, elapsedMs }: FinishedRun, hearers: Hearers): boolean {
  const { notices, gallery, library } = hearers;
  if (pictures < minPictures && (failed === 0 || pictures === failed)) return false;
  const done = pictures - failed;
  const pace = done === 0 ? '' : `In ${sayTime(elapsedMs)}, ${(tokens / done).toFixed(1)} tokens a picture. `;
  notices.say({
    title: `${sayCount(done, 'picture')} captioned`,
    text: `${pace}${failed === 0 ? 'None failed.' : `${failed.toLocaleString('en')} failed.`}`,
    acts:
      failed === 0
        ? []
        : [
            { label: 'Show failed', run: () => (gallery.stateFilter = 'failed') },
            { label: 'Retry', run: () => hearers.retry(library.cards.filter((card) => card.state === 'failed')) },
          ],
  });
  return true;
}
