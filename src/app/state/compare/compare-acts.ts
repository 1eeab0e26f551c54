/** @file What can be done with a comparison, and how one comes to it. */

import { writeComparisonCsv, writeComparisonLines, type ComparisonRow } from '../../../core/dataset/write/comparison-rows.ts';
import { saveText } from '../../intake/take-out.ts';
import { affected, hasCards, isChosen, isComparing, sayAffected, type Act } from '../act.ts';
import type { Card } from '../cards/card.svelte.ts';
import { styleOf } from './comparison-column.ts';
import type { Workspace } from '../workspace.svelte.ts';
import { sayCount } from '../words.ts';

/** What is shown of the pictures. */
export type GalleryView = 'grid' | 'list' | 'compare';

/** The view that is shown. */
export function viewOf({ comparison, settings }: Workspace): GalleryView {
  return comparison.isOpen ? 'compare' : settings.now.view;
}

/** Shows the pictures otherwise. */
export function chooseView(workspace: Workspace, view: GalleryView): void {
  const { comparison, settings, gallery } = workspace;
  if (view === 'compare') {
    compare(workspace, gallery.selected.length > 0 ? gallery.selected : undefined);
    return;
  }
  comparison.isOpen = false;
  settings.change({ view });
}

/** Shows captions of pictures side by side; null is all that the gallery shows, undefined what was compared before. */
export function compare(workspace: Workspace, cards?: readonly Card[] | null): void {
  const { comparison, gallery } = workspace;
  workspace.room = 'caption';
  if (cards !== undefined) comparison.pick(cards);
  gallery.openId = undefined;
  // What is compared is seen; a selection beside it would not be.
  gallery.clearSelection();
  comparison.open();
}

/** Saves what is compared, a row for each picture and column. */
export function saveComparison({ comparison, styles }: Workspace, kind: 'csv' | 'jsonl'): void {
  const { blind } = comparison;
  const rows = comparison.rows.flatMap((card) => {
    const choice = blind.choiceFor(card);
    return comparison.columns.map((column): ComparisonRow => {
      const style = styleOf(column, styles.all);
      return {
        file: card.place.path,
        model: column.model.name,
        style: style?.name ?? null,
        strength: style?.scale ?? null,
        prompt: column.recipe.prompt,
        caption: comparison.captionOf(card, column)?.text ?? null,
        chosen: choice === undefined ? comparison.isInUse(card, column) : choice === column.id,
        blind: choice !== undefined,
      };
    });
  });
  if (kind === 'csv') saveText('comparison.csv', [...writeComparisonCsv(rows)].join(''), 'text/csv');
  else saveText('comparison.jsonl', [...writeComparisonLines(rows)].join(''), 'application/jsonl');
}

/** Gives the captions that were chosen blind to their pictures. */
export function useChoices({ comparison, notices, library, history }: Workspace): void {
  const chosen = library.cards.flatMap((card) => {
    const choice = comparison.blind.choiceFor(card);
    const column = comparison.columns.find(({ id }) => id === choice);
    return column === undefined ? [] : [{ card, column }];
  });
  const changed = comparison.use('Chosen captions used', chosen);
  const undo = { label: 'Undo', run: () => void history.undo() };
  notices.say({
    title: changed === 0 ? 'The pictures have these captions' : `${sayCount(changed, 'caption')} used`,
    acts: changed === 0 ? [] : [undo],
  });
}

const isNamed = (w: Workspace): boolean => isComparing(w) && !w.comparison.blind.isOn;
const hasColumns = (w: Workspace): boolean => isNamed(w) && w.comparison.columns.length > 0;

/** The acts on comparisons. */
export const compareActs: readonly Act[] = [
  {
    id: 'compare',
    group: 'Captions',
    label: (w) => `Compare captions of ${sayAffected(w)}`,
    keys: 'C',
    needsSight: true,
    alias: 'side by side grid styles prompts blind test a/b best choose',
    isOffered: (w) => hasCards(w) && !isComparing(w),
    run: (w) => compare(w, isChosen(w) ? affected(w) : null),
  },
  {
    id: 'compare-columns',
    group: 'Captions',
    label: () => 'Choose styles and prompts to compare…',
    alias: 'add column strength',
    isOffered: isNamed,
    run: (w) => void (w.overlay = 'columns'),
  },
  {
    id: 'compare-write',
    group: 'Captions',
    label: (w) => `Write ${sayCount(w.comparison.missingCount, 'missing caption')}`,
    alias: 'fill comparison run',
    isOffered: (w) => isComparing(w) && w.comparison.missingCount > 0,
    run: (w) => w.comparison.write(),
  },
  {
    id: 'compare-blind',
    group: 'Captions',
    label: () => 'Compare blind',
    alias: 'hide names vote judge a/b test preference',
    isOffered: (w) => isNamed(w) && w.comparison.columns.length > 1,
    run: (w) => w.comparison.blind.begin(),
  },
  {
    id: 'compare-reveal',
    group: 'Captions',
    label: () => 'End the blind comparison and show the names',
    alias: 'reveal results',
    isOffered: (w) => isComparing(w) && w.comparison.blind.isOn,
    run: (w) => endBlind(w),
  },
  {
    id: 'compare-csv',
    group: 'Captions',
    label: () => 'Save the comparison as CSV',
    alias: 'export download table spreadsheet',
    isOffered: hasColumns,
    run: (w) => saveComparison(w, 'csv'),
  },
  {
    id: 'compare-jsonl',
    group: 'Captions',
    label: () => 'Save the comparison as JSONL',
    alias: 'export download json lines',
    isOffered: hasColumns,
    run: (w) => saveComparison(w, 'jsonl'),
  },
  {
    id: 'compare-close',
    group: 'View',
    label: () => 'Back to the pictures',
    alias: 'close comparison gallery',
    isOffered: isComparing,
    run: (w) => void (w.comparison.isOpen = false),
  },
];

/** Shows the names, and the counts where there are any. */
export function endBlind(workspace: Workspace): void {
  workspace.comparison.blind.reveal();
  if (workspace.comparison.blind.isRevealed) workspace.overlay = 'choices';
}
