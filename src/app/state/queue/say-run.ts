/** @file What came of captioning many pictures, in words. */

import { explainCode } from '../explain-error.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { Gallery } from '../cards/gallery.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Overlay } from '../overlay.ts';
import type { FinishedRun } from './run-tally.svelte.ts';
import { sayCount, sayTime } from '../words.ts';

/** A run that is shorter, without a failure, is seen on the cards. */
const minPictures = 20;

/** The run in a sentence or two. */
export function describeRun({ pictures, failed, tokens, elapsedMs }: FinishedRun): string {
  const done = pictures - failed;
  const pace = done === 0 ? '' : `In ${sayTime(elapsedMs)}, ${(tokens / done).toFixed(1)} tokens a caption. `;
  return `${pace}${failed === 0 ? 'None failed.' : `${failed.toLocaleString('en')} failed.`}`;
}

/** What the report can do something with. */
interface Hearers {
  readonly notices: Notices;
  readonly gallery: Gallery;
  readonly library: { readonly cards: readonly Card[] };
  overlay: Overlay | undefined;
  retry(cards: readonly Card[]): void;
}

/** Tells what came of a run, with the ways on; returns whether there was something to tell. @param retried pictures that had failed before */
export function sayRun(run: FinishedRun, hearers: Hearers, retried: ReadonlySet<string> = new Set()): boolean {
  const { pictures, failed } = run;
  const { notices, gallery, library } = hearers;
  if (pictures === failed && run.failures.some(({ id }) => retried.has(id))) {
    sayFailedAgain(run, hearers);
    return true;
  }
  if (pictures < minPictures && (failed === 0 || pictures === failed)) return false;
  const done = pictures - failed;
  const report = { label: 'Report', run: () => void (hearers.overlay = 'report') };
  notices.say({
    title: run.rows.length > 1 ? `${sayCount(done, 'caption')} written` : `${sayCount(done, 'picture')} captioned`,
    text: describeRun(run),
    subject: 'run',
    isForReturn: true, // who comes back after hours finds it; it covers nothing for long
    acts:
      // Failed captions of a comparison show in its cells.
      !library.cards.some(({ state }) => state === 'failed') || failed === 0
        ? [report]
        : [
            { label: 'Show failed', run: () => (gallery.stateFilter = 'failed') },
            { label: 'Retry', run: () => hearers.retry(library.cards.filter((card) => card.state === 'failed')) },
            report,
          ],
  });
  return true;
}

/** Trying once more changed nothing, so the same act is not offered again. */
function sayFailedAgain({ failures }: FinishedRun, hearers: Hearers): void {
  const ids = new Set(failures.map(({ id }) => id));
  const cards = hearers.library.cards.filter(({ id }) => ids.has(id));
  const codes = new Set(cards.map(({ error }) => error?.code ?? 'internal'));
  const [code] = codes;
  const why = codes.size === 1 && code !== undefined ? Object.values(explainCode(code)).join('. ') : 'Each card says why, and what to do.';
  hearers.notices.say({
    tone: 'attention',
    title: `${sayCount(ids.size, 'picture')} failed again`,
    text: why,
    subject: 'run',
    acts: [
      { label: 'Show failed', run: () => (hearers.gallery.stateFilter = 'failed') },
      { label: 'Report', run: () => void (hearers.overlay = 'report') },
    ],
  });
}
