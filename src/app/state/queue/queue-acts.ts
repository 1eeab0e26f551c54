/** @file What can be done with the line of pictures that are to be captioned. */

import { affected, hasCards, isChosen, sayAffected, type Act } from '../act.ts';
import { captionFirst } from './caption-acts.ts';
import { isActive } from './queue-rules.ts';

/** The acts on the queue. */
export const queueActs: readonly Act[] = [
  {
    id: 'go',
    group: 'Queue',
    label: () => 'Go on',
    keys: 'Mod+Enter',
    alias: 'resume start continue',
    isOffered: (w) => w.queue.phase === 'halted',
    run: (w) => w.queue.go(),
  },
  {
    id: 'pause',
    group: 'Queue',
    label: () => 'Pause after this picture',
    isOffered: (w) => w.queue.phase === 'running',
    run: (w) => w.queue.pause(),
  },
  {
    id: 'stop',
    group: 'Queue',
    label: () => 'Stop now',
    keys: 'Mod+.',
    alias: 'cancel halt',
    isOffered: (w) => isActive(w.queue.phase),
    run: (w) => w.queue.stop(),
  },
  {
    id: 'clear-queue',
    group: 'Queue',
    label: () => 'Empty the queue',
    alias: 'cancel all',
    isOffered: (w) => w.queue.left > 0,
    run: (w) => w.queue.clear(),
  },
  {
    id: 'caption-first',
    group: 'Queue',
    label: (w) => `Caption ${isChosen(w) ? sayAffected(w) : 'the selection'} first`,
    keys: 'Shift+R',
    needsSight: true,
    alias: 'priority next urgent move up front head queue',
    isOffered: isChosen,
    run: (w) => captionFirst(w, affected(w)),
  },
  {
    id: 'caption-last',
    group: 'Queue',
    label: (w) => `Send ${isChosen(w) ? sayAffected(w) : 'the selection'} to the end of the queue`,
    alias: 'priority later move down last',
    isOffered: (w) => w.queue.left > 0 && isChosen(w) && affected(w).some(({ isQueued }) => isQueued),
    run: (w) => w.queue.putLast(affected(w)),
  },
  {
    id: 'batch',
    group: 'Queue',
    label: (w) => `Caption ${sayAffected(w)} in several ways…`,
    keys: 'Mod+Shift+Enter',
    alias: 'batch prompts styles several combinations alternatives',
    isOffered: hasCards,
    run: (w) => void (w.overlay = 'batch'),
  },
  {
    id: 'report',
    group: 'Queue',
    label: () => 'Report of the last run…',
    alias: 'summary result failures errors statistics',
    isOffered: (w) => w.reports.last !== undefined,
    run: (w) => void (w.overlay = 'report'),
  },
  {
    id: 'retry-failed',
    group: 'Queue',
    label: (w) => `Retry failed (${String(w.gallery.counts.failed)})`,
    isOffered: (w) => w.gallery.counts.failed > 0,
    run: (w) => w.retry(w.library.cards.filter((card) => card.state === 'failed')),
  },
];
