/** @file Sets cards into rows of one height, each picture at its own proportion. */

/** What the layout needs to know of a picture. */
export interface Proportioned {
  /** Width over height. */
  readonly proportion: number;
}

/** A card with its place in a row. @unit CSS pixels */
export interface Placed<T> {
  readonly item: T;
  readonly width: number;
  readonly height: number;
}

/** The room that rows have. @unit CSS pixels */
export interface RowRoom {
  readonly width: number;
  /** Height that a row aims at. */
  readonly rowHeight: number;
  readonly gap: number;
  /** A caption needs this width to be read. */
  readonly leastWidth: number;
}

/** Pictures that are longer or taller than this are shown whole inside a card of this proportion. */
const extremes = { least: 0.62, most: 2.4 } as const;

/** The proportion of a picture's card. */
export function cardProportion({ proportion }: Proportioned): number {
  return Math.min(extremes.most, Math.max(extremes.least, proportion));
}

/** Fills rows from left to right so that each is as wide as the room; the last one keeps the height aimed at. */
export function layoutRows<T extends Proportioned>(items: readonly T[], room: RowRoom): readonly (readonly Placed<T>[])[] {
  const rows: (readonly Placed<T>[])[] = [];
  let row: T[] = [];
  let widths: number[] = [];
  let sum = 0;
  for (const item of items) {
    const natural = Math.min(room.width, Math.max(room.leastWidth, cardProportion(item) * room.rowHeight));
    const isOver = sum + natural + room.gap * row.length > room.width;
    // A row is closed before or after the card that crosses its end, whichever is nearer to the height aimed at.
    if (isOver && row.length > 0 && shrinkOf(sum + natural, row.length + 1, room) < 0.72) {
      rows.push(place(row, widths, room));
      [row, widths, sum] = [[], [], 0];
    }
    row.push(item);
    widths.push(natural);
    sum += natural;
    if (sum + room.gap * (row.length - 1) >= room.width) {
      rows.push(place(row, widths, room));
      [row, widths, sum] = [[], [], 0];
    }
  }
  // An unfinished last row keeps the height aimed at.
  if (row.length > 0) rows.push(place(row, widths, room, 1));
  return rows;
}

function shrinkOf(sum: number, count: number, room: RowRoom): number {
  return (room.width - room.gap * (count - 1)) / sum;
}

function place<T extends Proportioned>(row: readonly T[], widths: readonly number[], room: RowRoom, most = 1.6): readonly Placed<T>[] {
  const sum = widths.reduce((total, width) => total + width, 0);
  const factor = Math.min(most, shrinkOf(sum, row.length, room));
  return row.map((item, index) => ({
    item,
    width: Math.floor((widths[index] ?? 0) * factor),
    height: Math.round(room.rowHeight * factor),
  }));
}
