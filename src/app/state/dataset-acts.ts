/** @file What can be done with a data set as a whole: look over, change, review, export. */

import { hasCards, sayAffected, type Act } from './act.ts';

/** The acts on data sets. */
export const datasetActs: readonly Act[] = [
  {
    id: 'review',
    group: 'Captions',
    label: (w) => `Review ${sayAffected(w) === 'this picture' ? 'from this picture' : sayAffected(w)} one by one`,
    keys: 'V',
    alias: 'accept check walk through approve',
    isOffered: (w) => hasCards(w) && !w.review.isOn,
    run: (w) => w.review.start(w.gallery.selected.length > 0 ? w.gallery.selected : w.gallery.shown),
  },
  {
    id: 'accept',
    group: 'Captions',
    label: () => 'Accept the caption and go on',
    keys: 'A',
    isOffered: (w) => w.review.isOn,
    run: (w) => void w.review.accept(),
  },
  {
    id: 'look-over',
    group: 'Captions',
    label: () => 'Look the set over…',
    keys: 'L',
    alias: 'check flags duplicates broken words frequency statistics tags problems quality',
    isOffered: hasCards,
    run: (w) => void (w.overlay = 'look-over'),
  },
  {
    id: 'export',
    group: 'Captions',
    label: (w) => `Export ${sayAffected(w) === 'all' ? 'everything' : sayAffected(w)}…`,
    keys: 'Mod+E',
    alias: 'save download zip tar txt sidecar kohya imagefolder metadata coco csv webdataset html folder in place',
    isOffered: hasCards,
    run: (w) => void (w.overlay = 'export'),
  },
  {
    id: 'autosave',
    group: 'Captions',
    label: () => 'Save captions beside the pictures…',
    alias: 'autosave in place folder write sidecar txt caption automatic',
    isOffered: hasCards,
    run: (w) => void (w.overlay = 'autosave'),
  },
  {
    id: 'clean',
    group: 'Captions',
    label: (w) => `Change captions of ${sayAffected(w)}…`,
    keys: 'Mod+H',
    alias: 'find replace regex clean up trigger word prefix suffix tags case punctuation bulk edit',
    isOffered: hasCards,
    run: (w) => void (w.overlay = 'clean'),
  },
  {
    id: 'filters',
    group: 'Help',
    label: () => 'The filter language',
    alias: 'search find reference syntax',
    run: (w) => void (w.overlay = 'filters'),
  },
  {
    id: 'review-next',
    group: 'Captions',
    label: () => 'Next in the review',
    keys: 'N',
    isOffered: (w) => w.review.isOn,
    run: (w) => w.review.next(),
  },
  {
    id: 'review-back',
    group: 'Captions',
    label: () => 'Back in the review',
    keys: 'B',
    isOffered: (w) => w.review.isOn,
    run: (w) => w.review.back(),
  },
];
