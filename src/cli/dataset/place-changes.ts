/** @file Changed captions on their way back to where they came from: texts beside pictures, and tables. */

import { joinLines } from '../../core/dataset/clean/clean-caption.ts';
import type { ContentChange } from '../../core/dataset/edit/history.ts';
import type { Caption, DatasetItem } from '../../core/dataset/item.ts';
import type { Saying } from '../../core/dataset/merge/merge-object.ts';
import { mergeTable } from '../../core/dataset/merge/merge-table.ts';
import { isPicturePath } from '../../core/dataset/picture-name.ts';
import { endText } from '../../core/dataset/write/sidecars.ts';
import { present, StudioError } from '../../core/error.ts';
import type { LoadedDataset } from './load.ts';
import { placeBelow, type PlacedFile } from './write-files.ts';

/** Changes of a data set, and what is needed to place them. */
export interface PlacedChanges {
  readonly loaded: LoadedDataset;
  readonly changes: readonly ContentChange[];
  /** Changes some captions of a picture by themselves. */
  readonly change: (item: DatasetItem) => readonly Caption[];
  /** Whether each line of a text is a caption. */
  readonly isPerLine: boolean;
}

/**
 * Finds the files that changed captions go into, with what they will say.
 *
 * @throws {StudioError} 'argument-invalid' where captions came from archives, or from files that are only written as a whole
 */
export async function placeChanges({ loaded, changes, change, isPerLine }: PlacedChanges): Promise<readonly PlacedFile[]> {
  const { folder } = loaded.sources;
  if (folder === null)
    throw new StudioError(
      'argument-invalid',
      'clean: changes captions where they are, so it wants one folder; import archives into one first',
    );
  const texts: PlacedFile[] = [];
  const tables = new Map<string, Map<string, Saying>>();
  for (const { path, before } of changes) {
    const item = present(
      loaded.items.find((one) => one.path === path),
      path,
    );
    for (const [file, captions] of bySource(path, before.captions)) {
      const after = change({ ...item, captions });
      if (/\.(?:txt|caption)$/iu.test(file) && isBeside(path, file)) {
        texts.push(placeText(placeBelow(folder, file), { path, file, texts: after.map(({ text }) => text), isPerLine }));
      } else {
        const sayings = tables.get(file) ?? new Map<string, Saying>();
        tables.set(file, sayings.set(path, { captions: after.map(({ text }) => text), tags: item.tags }));
      }
    }
  }
  return [...texts, ...(await Promise.all([...tables].map(([file, sayings]) => placeTable(file, sayings, { loaded, folder }))))];
}

/** Captions by the file that they came from; a picture without any gets a text beside it. */
function bySource(path: string, captions: readonly Caption[]): ReadonlyMap<string, readonly Caption[]> {
  const found = new Map<string, Caption[]>();
  for (const caption of captions) {
    const file = caption.author.kind === 'file' ? caption.author.file : usualText(path);
    found.set(file, [...(found.get(file) ?? []), caption]);
  }
  return found.size > 0 ? found : new Map([[usualText(path), []]]);
}

function usualText(path: string): string {
  return `${path.replace(/\.[^./]*$/u, '')}.txt`;
}

/** A text that is named as a picture is; others are tables. */
function isBeside(path: string, file: string): boolean {
  return isPicturePath(path) && path.startsWith(file.replace(/\.(?:txt|caption)$/iu, '').replace(/\.[^./]*$/u, ''));
}

interface TextOfPicture {
  readonly path: string;
  readonly file: string;
  readonly texts: readonly string[];
  readonly isPerLine: boolean;
}

function placeText(place: string, { path, file, texts, isPerLine }: TextOfPicture): PlacedFile {
  if (texts.length > 1 && !isPerLine) {
    throw new StudioError('argument-invalid', `clean: ${path} has several captions in ${file}; say --per-line where each line is one`);
  }
  const text = isPerLine ? texts.map(joinLines).join('\n') : (texts[0] ?? '');
  return { place, file: { path: file, kind: 'text', write: () => [endText(text)] } };
}

async function placeTable(
  file: string,
  sayings: ReadonlyMap<string, Saying>,
  { loaded, folder }: { readonly loaded: LoadedDataset; readonly folder: string },
): Promise<PlacedFile> {
  const table = loaded.sources.files.find(({ path }) => path === file);
  if (table === undefined || table.place === null)
    throw new StudioError(
      'argument-invalid',
      `clean: captions in ${file} cannot be changed; import it into a new folder first: dataset import … --out`,
    );
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await table.read());
  const pictures = loaded.reading.items.map(({ path }) => path);
  const merged = mergeTable({ path: file, text }, pictures, (path) => sayings.get(path) ?? null);
  const [left] = merged.left;
  if (left !== undefined)
    throw new StudioError(
      'argument-invalid',
      `clean: ${file}: ${left.path} ${left.reason}; import it into a new folder first: dataset import … --out`,
    );
  return { place: placeBelow(folder, file), file: { path: file, kind: 'text', write: () => [merged.text] } };
}
