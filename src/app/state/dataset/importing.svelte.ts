/** @file Data sets that come in: pictures from folders and archives with the captions and tags that lie beside them, or captions alone. */

import { baseNameOf, stemOf, type DatasetItem } from '../../../core/dataset/item.ts';
import { createPictureFinder } from '../../../core/dataset/read/find-picture.ts';
import { readDataset, type DatasetReading } from '../../../core/dataset/read/read-dataset.ts';
import type { ReadProblem } from '../../../core/dataset/read/sayings.ts';
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
import { Gathering } from './gathering.ts';
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

/** Hears of a data set while it is read. */
export interface ImportSink {
  /** Pictures that are found, in the order of the outcome's. */
  add(pictures: readonly DatasetPicture[]): void;
  /** What is told of some of them so far. */
  learn(items: readonly DatasetItem[]): void;
}

/** A data set that comes in. */
export interface ImportRun {
  readonly gathering: Gathering;
  readonly stop: AbortController;
  readonly sink: ImportSink | undefined;
}

/** Reads what was dropped or picked. */
export class Importing {
  /** While something is read. */
  progress = $state.raw<{ readonly label: string; readonly done: number; readonly total: number } | undefined>(undefined);
  /** What was read last, for its window. */
  last = $state.raw<DatasetReading | undefined>(undefined);
  readonly #parts: ImportingParts;
  /** The one whose progress is shown. */
  #current: ImportRun | undefined;
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: ImportingParts) {
    this.#parts = parts;
  }

  /** Ends the reading that goes on; nothing of it is added. */
  cancel(): void {
    this.#current?.stop.abort();
  }

  /** Begins with a data set of which not all files are found yet. */
  begin(sink?: ImportSink): ImportRun {
    return { gathering: new Gathering(), stop: new AbortController(), sink };
  }

  /** Takes pictures of a folder that is still being looked through. @throws {StudioError} 'cancelled' */
  find(run: ImportRun, found: readonly IncomingPicture[]): void {
    this.#current ??= run;
    if (this.#current === run) this.progress = { label: 'Looking for pictures', done: 0, total: 0 };
    checkGoing(run);
    const pictures = run.gathering.takeFiles(found);
    run.sink?.add(pictures);
  }

  /** Lets go of a data set that is read, or that could not be. */
  end(run: ImportRun): void {
    if (this.#current !== run) return;
    this.#current = undefined;
    this.progress = undefined;
  }

  /**
   * Reads everything that came in together as one data set; one after the other where several come in.
   *
   * @throws {StudioError} 'file-invalid' when an archive is broken or hostile, or nothing in it is a picture or a table; 'cancelled'
   */
  async read(intake: Intake, run = this.begin()): Promise<ImportOutcome> {
    const work = this.#line.then(() => this.#read(intake, run));
    this.#line = work.catch(() => undefined);
    return work;
  }

  async #read(intake: Intake, run: ImportRun): Promise<ImportOutcome> {
    this.#current = run;
    const { gathering, sink, stop } = run;
    try {
      checkGoing(run);
      const all = [...intake.pictures, ...intake.others];
      const copies = findCopies(intake);
      const incoming = all.filter((one) => !copies.has(one));
      const archives = incoming.filter(({ file }) => isArchiveName(file.name));
      const isArchive = new Set(archives);
      const pictures = gathering.takeFiles(incoming.filter((one) => !isArchive.has(one))); // not within the call, which is left out without a sink
      sink?.add(pictures);
      for (const archive of archives) await this.#addArchive(archive, { ...run, isAlone: incoming.length === 1 });
      const read = await readDataset(gathering.entries, {
        onItems: (items) => sink?.learn(items),
        onProgress: (done, total) => (this.progress = { label: 'Reading captions', done, total }),
        isCancelled: () => stop.signal.aborted,
      });
      checkGoing(run);
      const reading = { ...read, problems: [...read.problems, ...[...copies].map(sayCopy)] };
      const folders = await this.#keepFolders(incoming, mergeableTables(reading));
      this.last = reading;
      return this.#outcomeOf(reading, gathering.origins, folders);
    } finally {
      this.end(run);
    }
  }

  async #addArchive(archive: IncomingPicture, run: ImportRun & { readonly isAlone: boolean }): Promise<void> {
    const { gathering, sink, stop, isAlone } = run;
    const { file, handle } = archive;
    this.progress = { label: `Opening ${file.name}`, done: 0, total: 0 };
    const members = await openArchive(file);
    const archiveId = crypto.randomUUID();
    let kept: FileSource | undefined;
    const pictures: DatasetPicture[] = [];
    for (const member of members) {
      if (stop.signal.aborted) throw new StudioError('cancelled', `${file.name}: opening was stopped`);
      // Shards of one set often have the same names inside.
      const path = isAlone ? member.path : `${stemOf(baseNameOf(file.name))}/${member.path}`;
      kept ??= await this.#parts.files.keep(archiveId, file, handle);
      pictures.push(...gathering.takeMember({ ...member, path }, { kind: 'member', archiveId, archive: kept, path: member.path }));
    }
    sink?.add(pictures);
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
    origins: ReadonlyMap<string, DatasetPicture['origin']>,
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

function checkGoing({ stop, gathering }: ImportRun): void {
  if (stop.signal.aborted)
    throw new StudioError('cancelled', `adding was stopped after ${String(gathering.entries.length)} files were found`);
}
