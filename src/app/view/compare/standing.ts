/** @file Where the keyboard stands in a comparison, where it goes, and what choosing there does. */

import type { Card } from '../../state/cards/card.svelte.ts';
import type { Comparison, Standing } from '../../state/compare/comparison.svelte.ts';
import type { Workspace } from '../../state/workspace.svelte.ts';

/** How large the grid is. */
export interface GridSize {
  readonly rows: readonly Card[];
  readonly columns: number;
}

/** So many rows are passed by Page Up and Page Down. */
const page = 5;

/** Where a key leads from a cell; undefined where it leads nowhere. */
export function moveStanding(
  { key, ctrlKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey'>,
  from: Standing,
  size: GridSize,
): Standing | undefined {
  const row = size.rows.findIndex(({ id }) => id === from.cardId);
  const last = { row: size.rows.length - 1, place: size.columns - 1 };
  const moves: Readonly<Record<string, readonly [row: number, place: number]>> = {
    ArrowLeft: [row, from.place - 1],
    ArrowRight: [row, from.place + 1],
    ArrowUp: [row - 1, from.place],
    ArrowDown: [row + 1, from.place],
    PageUp: [row - page, from.place],
    PageDown: [row + page, from.place],
    Home: [ctrlKey ? 0 : row, 0],
    End: [ctrlKey ? last.row : row, last.place],
  };
  const move = moves[key];
  if (move === undefined || (ctrlKey && key !== 'Home' && key !== 'End')) return undefined;
  const card = size.rows[Math.min(last.row, Math.max(0, move[0]))];
  return card && { cardId: card.id, place: Math.min(last.place, Math.max(0, move[1])) };
}

/** Uses the caption of a cell, or says that it is the best; gives where to stand then. */
export function chooseCell({ comparison, library }: Workspace, at: Standing): Standing {
  const card = library.find(at.cardId);
  const column = card && comparison.blind.orderFor(card)[at.place];
  if (card === undefined || column === undefined) return at;
  if (comparison.blind.isOn) {
    if (!comparison.isComplete(card)) return at;
    comparison.blind.choose(card, column.id);
    return nextOpen(comparison, at);
  }
  comparison.use(`Caption of ${card.name} chosen`, [{ card, column }]);
  return at;
}

/** Says that no caption of a row is better; gives where to stand then. */
export function chooseNone({ comparison, library }: Workspace, at: Standing): Standing {
  const card = library.find(at.cardId);
  if (card === undefined || !comparison.isComplete(card)) return at;
  comparison.blind.choose(card, null);
  return nextOpen(comparison, at);
}

/** The next row below that can be judged and is not; then those above; the same where there is none. */
function nextOpen(comparison: Comparison, at: Standing): Standing {
  const { rows, blind } = comparison;
  const row = rows.findIndex(({ id }) => id === at.cardId);
  const isOpen = (card: Card): boolean => blind.choiceFor(card) === undefined && comparison.isComplete(card);
  const next = [...rows.slice(row + 1), ...rows.slice(0, row)].find(isOpen);
  return next === undefined ? at : { cardId: next.id, place: 0 };
}
