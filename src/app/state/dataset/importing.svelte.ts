/** @file Data sets that come in: pictures from folders and archives with the captions and tags that lie beside them, or captions alone. */

import type { FileEntry } from '../../../core/archive/file-entry.ts';
import { baseNameOf, stemOf, type DatasetItem } from '../../../core/dataset/item.ts';
import { createPictureFinder } from '../../../core/dataset/read/find-picture.ts';
import { readDataset, type DatasetReading, type ReadProblem } from '../../../core/dataset/read/read-dataset.ts';
import { StudioError } from '../../../core/error.ts';
import { isArchiveName, openArchive } from '../../../storage/archives.ts';
import type { FileSource, PictureFiles } from '../../../storage/picture-files.ts';
import type { FileStamp } from '../../../storage/folder-files.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { Intake } from '../../intake/drop.ts';
import type { Card } from '../cards/card.svelte.ts';
import type { CardChange } from './editing.svelte.ts';
import { mergeableTables } from './write-back.ts';
import type { FolderRecord } from './folder-record.ts';
import type { DatasetPicture, IncomingPicture } from '../cards/library.svelte.ts';

/** What came of an import. */
export interface ImportOutcome {
  readonly pictures: readonly DatasetPicture[];
  /** Captions of pictures that were there already. */
  readonly changes: readonly CardChange[];
  readonly reading: DatasetReading;
}

/** What importing stands on. */
export interface ImportingParts {
  readonly files: PictureFiles;
  readonly folders: RecordStore<FolderRecord>;
  /** Absent where nothing is ever written back. */
  readonly stamps?: RecordStore<FileStamp>;
  readonly cards: () => readonly Card[];
}

type Origin = DatasetPicture['origin'];

/** Reads what was dropped or picked. */
export class Importing {
  /** While something is read. */
  progress = $state.raw<{ readonly label: string; readonly done: number; readonly total: number } | undefined>(undefined);
  /** What was read last, for its window. */
  last = $state.raw<DatasetReading | undefined>(undefined);
  readonly #parts: ImportingParts;
  #isCancelled = false;
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: ImportingParts) {
    this.#parts = parts;
  }

  /** Ends the reading; nothing of it is added. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /**
   * Reads everything that came in together as one data set; one after the other where several come in.
   *
   * @throws {StudioError} 'file-invalid' when an archive is broken or hostile, or nothing in it is a picture or a table; 'cancelled'
   */
  async read(intake: Intake): Promise<ImportOutcome> {
    const work = this.#line.then(() => this.#read(intake));
    this.#line = work.catch(() => undefined);
    return work;
  }

  async #read(intake: Intake): Promise<ImportOutcome> {
    this.#isCancelled = false;
    try {
      const all = [...intake.pictures, ...intake.others];
      const copies = findCopies(intake);
      const incoming = all.filter((one) => !copies.has(one));
      const archives = incoming.filter(({ file }) => isArchiveName(file.name));
      const origins = new Map<string, Origin>();
      const entries: FileEntry[] = [];
      for (const one of incoming) if (!archives.includes(one)) addFile(one, entries, origins);
      for (const archive of archives) await this.#addArchive(archive, { isAlone: incoming.length === 1, entries, origins });
      const read = await readDataset(entries, {
        onProgress: (done, total) => (this.progress = { label: 'Reading captions', done, total }),
        isCancelled: () => this.#isCancelled,
      });
      const reading = { ...read, problems: [...read.problems, ...[...copies].map(sayCopy)] };
      const folders = await this.#keepFolders(incoming, mergeableTables(reading));
      this.last = reading;
      return this.#outcomeOf(reading, origins, folders);
    } finally {
      this.progress = undefined;
    }
  }

  async #addArchive(
    archive: IncomingPicture,
    to: { readonly isAlone: boolean; readonly entries: FileEntry[]; readonly origins: Map<string, Origin> },
  ): Promise<void> {
    const { file, handle } = archive;
    this.progress = { label: `Opening ${file.name}`, done: 0, total: 0 };
    const members = await openArchive(file);
    const archiveId = crypto.randomUUID();
    let kept: FileSource | undefined;
    for (const member of members) {
      if (this.#isCancelled) throw new StudioError('cancelled', `${file.name}: opening was stopped`);
      // Shards of one set often have the same names inside.
      const path = to.isAlone ? member.path : `${stemOf(baseNameOf(file.name))}/${member.path}`;
      kept ??= await this.#parts.files.keep(archiveId, file, handle);
      to.origins.set(path, { kind: 'member', archiveId, archive: kept, path: member.path });
      to.entries.push({ ...member, path });
    }
  }

  /** Remembers the folders that were picked, so that captions can be written beside the pictures; gives their ids. */
  async #keepFolders(
    incoming: readonly IncomingPicture[],
    tables: ReadonlySet<string>,
  ): Promise<ReadonlyMap<FileSystemDirectoryHandle, string>> {
    const ids = new Map<FileSystemDirectoryHandle, string>();
    const known = await this.#parts.folders.loadAll();
    for (const root of new Set(incoming.flatMap(({ root }) => root ?? []))) {
      const same = await Promise.all(known.map(async (folder) => ({ folder, isSame: await folder.handle.isSameEntry(root) })));
      const before = same.find(({ isSame }) => isSame)?.folder;
      const id = before?.id ?? crypto.randomUUID();
      ids.set(root, id);
      const mine = incoming.flatMap(({ root: other, path }) => (other === root && path !== undefined && tables.has(path) ? [path] : []));
      await this.#parts.folders.save(id, { ...before, id, handle: root, tables: [...new Set([...(before?.tables ?? []), ...mine])] });
    }
    const stamps = incoming.flatMap(({ root, path, file }) => {
      const id = root === undefined ? undefined : ids.get(root);
      const isText = /\.(?:txt|caption)$/iu.test(file.name);
      return id === undefined || path === undefined || !(isText || tables.has(path))
        ? []
        : [[`${id}/${path}`, { lastModified: file.lastModified, sizeBytes: file.size }] as const];
    });
    await this.#parts.stamps?.saveMany(stamps);
    return ids;
  }

  #outcomeOf(
    reading: DatasetReading,
    origins: ReadonlyMap<string, Origin>,
    folders: ReadonlyMap<FileSystemDirectoryHandle, string>,
  ): ImportOutcome {
    const pictures: DatasetPicture[] = [];
    const loose: DatasetItem[] = [];
    for (const item of reading.items) {
      const origin = origins.get(item.path);
      if (origin === undefined) {
        loose.push(item);
        continue;
      }
      const folderId = 'file' in origin && origin.root !== undefined ? (folders.get(origin.root) ?? null) : null;
      pictures.push({ path: item.path, sizeBytes: item.byteLength ?? 0, origin, known: { ...item, folderId } });
    }
    return { pictures, changes: this.#changesOf(loose), reading };
  }

  /** Finds the pictures here that a table tells of. */
  #changesOf(items: readonly DatasetItem[]): readonly CardChange[] {
    if (items.length === 0) return [];
    const cards = this.#parts.cards();
    const byPath = new Map(cards.map((card) => [card.place.path, card]));
    const find = createPictureFinder([...byPath.keys()]);
    return items.flatMap(({ path, id, captions, tags }) => {
      const found = find({ file: path, id }, '');
      const card = found === null ? undefined : byPath.get(found);
      if (card === undefined) return [];
      const after = {
        captions: captions.length > 0 ? captions : card.content.captions,
        tags: [...new Set([...card.content.tags, ...tags])],
      };
      return [{ card, after }];
    });
  }
}

/** Finds archives that lie in a folder of pictures: they are somebody's copies of them, while a folder of archives alone is a set of shards. */
function findCopies({ pictures, others }: Intake): ReadonlySet<IncomingPicture> {
  const topOf = (path: string): string => path.slice(0, path.indexOf('/') + 1);
  const tops = new Set(pictures.flatMap(({ path }) => (path === undefined ? [] : [topOf(path)])));
  return new Set(others.filter(({ file, path }) => path?.includes('/') === true && isArchiveName(file.name) && tops.has(topOf(path))));
}

function sayCopy({ file, path }: IncomingPicture): ReadProblem {
  return {
    path: path ?? file.name,
    kind: 'left-over',
    message: 'lies beside pictures, as a copy of them does; add it by itself to open it',
  };
}

function addFile(one: IncomingPicture, entries: FileEntry[], origins: Map<string, Origin>): void {
  const { file } = one;
  const wanted = one.path ?? file.name;
  // Two files of one name, picked from different folders, are two pictures.
  let path = wanted;
  for (let count = 2; origins.has(path); count++) path = wanted.replace(/(\.[^./]*)?$/u, ` (${String(count)})$1`);
  origins.set(path, one);
  entries.push({ path, byteLength: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) });
}
