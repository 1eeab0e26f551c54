/** @file Reads a data set from any files: pictures, texts beside them, and tables that tell of them. */

import type { FileEntry } from '../../archive/file-entry.ts';
import { StudioError } from '../../error.ts';
import { endingOf, type DatasetItem } from '../item.ts';
import { isHiddenPath, isPicturePath, pictureEndings, sayHidden } from '../picture-name.ts';
import { readAllSidecars } from './read-sidecars.ts';
import { isTablePath, readTables } from './read-tables.ts';
import { sidecarEndings, sidecarPlaces } from './sidecar.ts';
import { toItem, type ReadingState, type ReadOptions, type ReadProblem, type ReadSource } from './sayings.ts';

/** A data set as it was read. */
export interface DatasetReading {
  /** In the order of the files; what tables name without a picture comes last. */
  readonly items: readonly DatasetItem[];
  readonly sources: readonly ReadSource[];
  readonly problems: readonly ReadProblem[];
}

/**
 * Reads a data set. What cannot be read is a problem in the result; only where nothing else is there does it end the reading.
 *
 * @throws {StudioError} 'file-invalid' when there is neither picture nor readable table; 'cancelled'
 */
export async function readDataset(files: readonly FileEntry[], options: ReadOptions = {}): Promise<DatasetReading> {
  const pictures = files.filter(({ path }) => isPicturePath(path));
  const state: ReadingState = { said: new Map(), sources: [], problems: [], options };
  const used = await readAllSidecars(pictures, files, state);
  const tables = files.filter((file) => !used.has(file.path) && isTablePath(file.path));
  const loose = await readTables(tables, files, state);
  state.problems.push(...findHidden(files));
  if (pictures.length === 0 && loose.length === 0) throw nothingThere(files, state);
  const items = pictures.map(({ path, byteLength }) => {
    const said = state.said.get(path) ?? [];
    return toItem(
      path,
      byteLength,
      options.tablesFirst === true ? said.toSorted((a, b) => Number(used.has(a.source)) - Number(used.has(b.source))) : said,
    );
  });
  return { items: [...items, ...loose], sources: state.sources, problems: state.problems };
}

/** Finds hidden pictures that somebody captioned in texts beside them; thumbnails and what systems keep for themselves have none. */
function findHidden(files: readonly FileEntry[]): readonly ReadProblem[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path }): readonly ReadProblem[] => {
    const isHidden = isHiddenPath(path) && pictureEndings.some((ending) => endingOf(path) === ending);
    if (!isHidden || !sidecarEndings.some((ending) => sidecarPlaces(path, ending).some((place) => paths.has(place)))) return [];
    const message = `${path}: has a text beside it, but ${sayHidden(path)}`;
    return [{ path, kind: 'unreadable', message }];
  });
}

function nothingThere(files: readonly FileEntry[], { problems, options }: ReadingState): StudioError {
  const place = options.name === undefined ? '' : `${options.name}: `;
  const [first] = problems;
  if (first !== undefined) return new StudioError('file-invalid', place + first.message, { details: { problems } });
  const archives = files.filter(({ path }) => ['.tar', '.zip'].includes(endingOf(path))).length;
  if (archives > 0)
    return new StudioError('file-invalid', `${place}there are ${String(archives)} archives in it; unpack it, and add those together`);
  const count = files.length === 0 ? 'it is empty' : `${String(files.length)} files, none of them a picture or a table of captions`;
  return new StudioError('file-invalid', `${place}there is no data set here: ${count}`);
}
