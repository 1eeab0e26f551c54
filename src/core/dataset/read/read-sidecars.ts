/** @file Reads the texts that lie beside pictures. */

import type { FileEntry } from '../../archive/file-entry.ts';
import { StudioError } from '../../error.ts';
import { endingOf, stemOf } from '../item.ts';
import { isTableJson } from './read-table.ts';
import { decodeText } from './decode-text.ts';
import { addSaying, toItem, type ReadingState } from './sayings.ts';
import { readSidecars, sidecarEndings, sidecarPlaces, type SidecarTexts } from './sidecar.ts';

/** Texts are asked for so many at a time: disks and browsers answer side by side. */
const readsAtOnce = 32;

/** Reads the texts beside pictures; gives the paths of those that were read. @throws {StudioError} 'cancelled' */
export async function readAllSidecars(
  pictures: readonly FileEntry[],
  files: readonly FileEntry[],
  state: ReadingState,
): Promise<ReadonlySet<string>> {
  const { options, said, sources } = state;
  const texts = new Map(
    files.filter(({ path }) => sidecarEndings.some((ending) => ending === endingOf(path))).map((file) => [file.path, file]),
  );
  const ownStems = new Set(pictures.map(({ path }) => stemOf(path)));
  const used = new Set<string>();
  const counts = new Map<string, number>();
  for (let at = 0; at < pictures.length; at += readsAtOnce) {
    if (options.isCancelled?.() === true)
      throw new StudioError('cancelled', `reading was stopped after ${String(at)} of ${String(pictures.length)} pictures`);
    const some = pictures.slice(at, at + readsAtOnce);
    const read = await Promise.all(some.map((picture) => readTextsOf(picture.path, texts, ownStems)));
    for (const [i, { found, places }] of read.entries()) {
      const path = some[i]?.path ?? '';
      for (const place of places) {
        used.add(place);
        counts.set(endingOf(place), (counts.get(endingOf(place)) ?? 0) + 1);
      }
      const source = places[0];
      if (source !== undefined) addSaying(said, path, { row: readSidecars(path, found, options), source });
    }
    options.onItems?.(some.flatMap(({ path, byteLength }) => (said.has(path) ? [toItem(path, byteLength, said.get(path) ?? [])] : [])));
    options.onProgress?.(Math.min(pictures.length, at + readsAtOnce), pictures.length);
  }
  for (const [ending, count] of counts) sources.push({ name: ending, format: 'sidecar', pictures: count });
  return used;
}

interface TextsOfPicture {
  readonly found: SidecarTexts;
  readonly places: readonly string[];
}

async function readTextsOf(picture: string, texts: ReadonlyMap<string, FileEntry>, ownStems: ReadonlySet<string>): Promise<TextsOfPicture> {
  const places = sidecarEndings.flatMap((ending) => {
    const [whole = '', stem = '', key] = sidecarPlaces(picture, ending);
    // What ends at the first dot may belong to another picture of that name.
    const candidates = [whole, stem, ...(key !== undefined && !ownStems.has(stemOf(key)) ? [key] : [])];
    const place = candidates.find((candidate) => texts.has(candidate));
    return place === undefined ? [] : [{ ending, place }];
  });
  const read = await Promise.all(
    places.map(async ({ ending, place }) => [ending, decodeText((await texts.get(place)?.read()) ?? new Uint8Array())] as const),
  );
  // COCO's captions.json beside a captions.jpg tells of all pictures.
  const own = read.filter(([ending, text]) => ending !== '.json' || !isTableJson(text));
  const endings = new Set<string>(own.map(([ending]) => ending));
  return { found: Object.fromEntries(own), places: places.flatMap(({ ending, place }) => (endings.has(ending) ? [place] : [])) };
}
