/** @file Texts beside pictures. */

import { joinLines } from '../clean/clean-caption.ts';
import { baseNameOf, stemOf } from '../item.ts';
import { sidecarPlaces } from '../read/sidecar.ts';
import { plainText, textOf, textsOf, type ExportItem, type PlannedFile } from './export-item.ts';

/** What a sidecar says. */
export type SidecarText = 'caption' | 'tags' | 'caption, tags' | 'tags, caption' | 'captions';

/** How sidecars are written. */
export interface SidecarWriting {
  readonly ending: '.txt' | '.caption';
  readonly says: SidecarText;
  /** Where tags go into a file of their own. */
  readonly tagEnding: '.txt' | null;
  /** Texts that lie beside the pictures already: a picture keeps the file that it is read from. */
  readonly beside?: ReadonlySet<string>;
}

/** File systems take no longer name. @unit bytes */
const maxNameBytes = 255;

/** Plans the sidecars of pictures; a picture without text gets none, and one whose text would have too long a name none, either. Where two pictures have one stem, the later keeps its whole name. */
export function planSidecars(rows: readonly ExportItem[], writing: SidecarWriting): readonly PlannedFile[] {
  const placeOf = createSidecarPlacer(
    rows.map(({ path }) => path),
    writing.beside,
  );
  // Tags alone would be read as the caption.
  return rows.flatMap((row) => (hasPossibleName(placeOf(row.path, writing.ending)) ? planSidecarsOf(row, writing, placeOf) : []));
}

/** Lists pictures with such long names that no text can lie beside them. */
export function withoutPlaceBeside(
  rows: readonly ExportItem[],
  { ending, beside }: Pick<SidecarWriting, 'ending' | 'beside'>,
): readonly ExportItem[] {
  const placeOf = createSidecarPlacer(
    rows.map(({ path }) => path),
    beside,
  );
  return rows.filter(({ path }) => !hasPossibleName(placeOf(path, ending)));
}

function hasPossibleName(path: string): boolean {
  return new TextEncoder().encode(baseNameOf(path)).length <= maxNameBytes;
}

/** Where a picture's sidecar of an ending goes. */
export type SidecarPlacer = (path: string, ending: string) => string;

/** Makes a function that gives each picture a sidecar of its own: the one that it is read from where it lies there, else one of the same stem. */
export function createSidecarPlacer(paths: readonly string[], beside: ReadonlySet<string> = new Set()): SidecarPlacer {
  const firstOf = new Map<string, string>();
  for (const path of paths) if (!firstOf.has(stemOf(path))) firstOf.set(stemOf(path), path);
  const names = new Set(paths);
  return (path, ending) => {
    const stem = stemOf(path);
    // Beside `a.jpg` a text named a.jpg.txt is not that of `a.jpg.jpg`.
    const usual = (firstOf.get(stem) === path && !names.has(stem) ? stem : path) + ending;
    const [whole = usual, , key] = sidecarPlaces(path, ending);
    const isFree = key !== undefined && !firstOf.has(key.slice(0, key.length - ending.length));
    return [whole, usual, ...(isFree ? [key] : [])].find((place) => beside.has(place)) ?? usual;
  };
}

/** Plans the sidecars of one picture. */
export function planSidecarsOf(
  row: ExportItem,
  { ending, says, tagEnding }: SidecarWriting,
  placeOf: SidecarPlacer,
): readonly PlannedFile[] {
  const text = sayText(row, says);
  const { tags } = row.item;
  const hasTags = tagEnding !== null && tags.length > 0;
  return [
    // Tags alone are told from a caption by the caption beside them, be it empty.
    ...(text === '' && !hasTags ? [] : [plainText(placeOf(row.path, ending), endText(text))]),
    // A comma behind a single tag tells it from a caption.
    ...(hasTags ? [plainText(placeOf(row.path, tagEnding), `${tags.join(', ')}${tags.length === 1 ? ',' : ''}\n`)] : []),
  ];
}

/** Ends a text as text files end, so that reading gives back every character of it. */
export function endText(text: string): string {
  // A decoder takes a mark at the beginning for itself, and a reader the return before the last line end.
  return `${text.startsWith('\uFEFF') ? '\uFEFF' : ''}${text}${text.endsWith('\r') ? '\r\n' : '\n'}`;
}

function sayText(row: ExportItem, says: SidecarText): string {
  const tags = row.item.tags.join(', ');
  switch (says) {
    case 'caption':
      return textOf(row);
    case 'captions':
      return textsOf(row).map(joinLines).join('\n');
    case 'tags':
      return tags;
    case 'caption, tags':
      return [textOf(row), tags].filter((part) => part !== '').join(', ');
    case 'tags, caption':
      return [tags, textOf(row)].filter((part) => part !== '').join(', ');
    default:
      return says satisfies never;
  }
}
