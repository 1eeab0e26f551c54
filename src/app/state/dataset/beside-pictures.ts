/** @file Texts beside the pictures of a picked folder: which file says what of which card. */

import { stemOf } from '../../../core/dataset/item.ts';
import { plainText, type ExportItem, type PlannedFile } from '../../../core/dataset/write/export-item.ts';
import { createSidecarPlacer, planSidecarsOf, type SidecarPlacer, type SidecarWriting } from '../../../core/dataset/write/sidecars.ts';
import { takeSidecar } from '../../../core/dataset/write/take-sidecar.ts';
import type { Card } from '../cards/card.svelte.ts';
import { itemAt } from './dataset-items.ts';
import type { BesideChoice, FolderRecord } from './folder-record.ts';
import type { FolderFile } from './write-files.ts';

/** A text on its way, and whose it is. */
export interface BesideFile extends FolderFile {
  readonly card: Card;
}

/** What planning looks at. */
export interface BesidePlanning {
  readonly folder: Pick<FolderRecord, 'id' | 'handle'>;
  /** All cards of the folder, since two of one stem need two files. */
  readonly cards: readonly Card[];
  /** Those that are to be written. */
  readonly wanted: ReadonlySet<Card>;
  readonly choice: BesideChoice;
  /** Texts that are known to lie there, as the cards' paths have them. */
  readonly beside: ReadonlySet<string>;
}

/** Finds who speaks for each picture: where two cards show one, the one whose caption is newer. */
export function newestAtPlaces(cards: readonly Card[]): ReadonlyMap<string, Card> {
  const speakers = new Map<string, Card>();
  for (const card of cards) {
    const other = speakers.get(card.place.path);
    if (other === undefined || changedAtMs(card) >= changedAtMs(other)) speakers.set(card.place.path, card);
  }
  return speakers;
}

/** Plans the texts beside some pictures. */
export function planBeside({ folder, cards, wanted, choice, beside }: BesidePlanning): readonly BesideFile[] {
  const speakers = newestAtPlaces(cards);
  const writing: SidecarWriting = {
    ending: `.${choice.format}`,
    says: choice.format === 'txt' ? choice.sidecarText : 'caption',
    tagEnding: choice.format === 'caption' ? '.txt' : null,
  };
  const placeOf = createSidecarPlacer([...speakers.keys()], beside);
  return [...speakers.values()].flatMap((card) => {
    if (!wanted.has(card)) return [];
    return textsBeside(card, { writing, placeOf, beside }).map((file) => ({
      card,
      file,
      folder: folder.handle,
      key: `${folder.id}/${file.path}`,
      // Paths begin with the name of the picked folder.
      path: file.path.slice(file.path.indexOf('/') + 1),
      take: (text, contentOf) => [{ card, after: takeSidecar({ file: file.path, text, writing }, contentOf(card)) }],
    }));
  });
}

interface Texts {
  readonly writing: SidecarWriting;
  readonly placeOf: SidecarPlacer;
  readonly beside: ReadonlySet<string>;
}

function textsBeside(card: Card, { writing, placeOf, beside }: Texts): readonly PlannedFile[] {
  const { path } = card.place;
  const row: ExportItem = { item: itemAt(path, card), path };
  const planned = planSidecarsOf(row, writing, placeOf);
  const place = placeOf(path, writing.ending);
  // A caption that was taken away must not come back from its file; a file without a line is refused by kohya's scripts.
  const isEmptied = card.versions.length > 0 && beside.has(place) && planned.every((file) => file.path !== place);
  return isEmptied ? [...planned, plainText(place, '\n')] : planned;
}

function changedAtMs({ versions }: Card): number {
  return versions[0]?.atMs ?? 0;
}

/** Finds the texts of a folder among the keys of remembered stamps. */
export function besideOf(folderId: string, keys: readonly string[]): Set<string> {
  const start = `${folderId}/`;
  return new Set(keys.flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : [])));
}

/** Tells which texts a folder's cards came with: `.caption` where there are such, else `.txt`. */
export function usualChoice(cards: readonly Card[]): BesideChoice {
  const isCaption = cards.some(({ content }) =>
    content.captions.some(({ author }) => author.kind === 'file' && /\.caption$/iu.test(author.file)),
  );
  return { format: isCaption ? 'caption' : 'txt', sidecarText: 'caption' };
}

/** Tells whether a caption is in a text beside its picture already, as far as its author tells. */
export function isBeside({ content, place }: Card): boolean {
  const author = content.captions[0]?.author;
  return author?.kind === 'file' && stemOf(author.file).startsWith(stemOf(place.path)) && /\.(?:txt|caption)$/iu.test(author.file);
}
