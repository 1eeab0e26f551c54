/** @file An export into the folder that is read: tables that are there get its captions, and keep what else is in them. */

import { mergeExport, type MergedExport } from '../../core/dataset/merge/merge-export.ts';
import type { PlannedFile } from '../../core/dataset/write/export-item.ts';
import type { ExportPlan } from '../../core/dataset/write/plan-export.ts';
import { StudioError } from '../../core/error.ts';
import type { LoadedDataset } from './load.ts';
import { sayCount } from './report.ts';
import type { FileStamp, SourceFile } from './sources.ts';
import { listSome, placeBelow, type PlacedFile } from './write-files.ts';

/** What is written where. */
export interface InPlace {
  readonly files: readonly PlacedFile[];
  /** Of files that may be written over, since they were read. */
  readonly stamps: ReadonlyMap<string, FileStamp>;
  /** What becomes of tables that are there. */
  readonly said: readonly string[];
  /** Whether each table of the export was there already, so that it keeps what it had. */
  readonly isMerged: boolean;
}

/**
 * Places the texts of a plan below the folder that was read.
 *
 * @throws {StudioError} 'argument-invalid' without a folder, or where a table has no place for the captions of some pictures; 'file-invalid' when a
 * table cannot be read
 */
export async function mergeInPlace(
  { files }: ExportPlan,
  loaded: LoadedDataset,
  { isForced }: { readonly isForced: boolean },
): Promise<InPlace> {
  const { folder, stamps, files: sources } = loaded.sources;
  if (folder === null) throw new StudioError('argument-invalid', '--in-place: goes with a folder; archives are not changed, say --out');
  const pictures = loaded.reading.items.map(({ path }) => path);
  const known = new Map(stamps);
  const placed: PlacedFile[] = [];
  const said: string[] = [];
  for (const file of files) {
    if (file.kind !== 'text') continue;
    const place = placeBelow(folder, file.path);
    const there = sources.find((one) => one.place === place);
    if (there === undefined || isSidecar(file.path)) {
      placed.push({ place, file });
      continue;
    }
    // The card of a data set is its people's text.
    if (file.path === 'README.md') continue;
    const merged = isForced || isWhole(file) ? null : await merge(there, file, pictures);
    if (merged === null) {
      known.delete(place);
      placed.push({ place, file });
      continue;
    }
    said.push(sayMerged(file.path, merged));
    placed.push({ place, file: { path: file.path, kind: 'text', write: () => [merged.text] } });
  }
  const tables = files.filter(({ kind, path }) => kind === 'text' && !isSidecar(path) && path !== 'README.md');
  return { files: placed, stamps: known, said, isMerged: tables.length > 0 && said.length === tables.length };
}

function isSidecar(path: string): boolean {
  return /\.(?:txt|caption)$/iu.test(path);
}

/** Results are a program's, and pages have no rows: nothing of either is merged. */
function isWhole({ path }: PlannedFile): boolean {
  return path === 'results.json' || path.endsWith('.html');
}

async function merge(table: SourceFile, file: PlannedFile & { readonly kind: 'text' }, pictures: readonly string[]): Promise<MergedExport> {
  const merged = mergeExport({ path: file.path, text: await readUtf8(table) }, [...file.write()].join(''), pictures);
  const [left] = merged.left;
  if (left !== undefined) {
    const places = listSome(merged.left.map(({ path }) => path));
    throw new StudioError('argument-invalid', `--in-place: ${file.path}: ${left.reason} (${places}); say --out with another place`);
  }
  return merged;
}

async function readUtf8(file: SourceFile): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.read());
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    throw new StudioError('file-invalid', `${file.path}: is not in UTF-8; save it so, or say --out with another place`, { cause });
  }
}

function sayMerged(path: string, { changed, added }: MergedExport): string {
  return `${path} is there: ${sayCount(changed.length, 'row')} ${changed.length === 1 ? 'changes' : 'change'}, ${String(added)} new; what else is in it stays`;
}
