/** @file Data sets on their way out: which format, what it will hold, where it goes, and what came of it. */

import { writeTar } from '../../core/archive/write-tar.ts';
import { writeZip } from '../../core/archive/write-zip.ts';
import { encodeText } from '../../core/archive/text-bytes.ts';
import { exportFormats, type ExportFormat } from '../../core/dataset/write/export-format.ts';
import type { PlannedFile } from '../../core/dataset/write/export-item.ts';
import {
  outputFiles,
  planExport,
  previewExport,
  type ExportOptions,
  type ExportPlan,
  type ExportPreview,
} from '../../core/dataset/write/plan-export.ts';
import type { SidecarText } from '../../core/dataset/write/sidecars.ts';
import { StudioError } from '../../core/error.ts';
import { requestWriting, type FileStamp } from '../../storage/folder-files.ts';
import type { RecordStore } from '../../storage/records.ts';
import { chooseTarget, downloadTarget, type SaveTarget } from '../intake/save-stream.ts';
import { besideOf, planBeside } from './beside-pictures.ts';
import type { Card } from './card.svelte.ts';
import { itemsAtPaths } from './dataset-items.ts';
import type { FolderRecord } from './folder-record.ts';
import type { Library } from './library.svelte.ts';
import { checkFiles, writeFiles, type CheckedFile, type FolderFile, type WriteOutcome, type WriteWatch } from './write-files.ts';

/** What exporting stands on. */
export interface ExportingParts {
  readonly library: Pick<Library, 'read'>;
  readonly folders: RecordStore<FolderRecord>;
  readonly stamps: RecordStore<FileStamp>;
}

/** The window's state. */
export class Exporting {
  format = $state<ExportFormat>('txt');
  withPictures = $state(true);
  name = $state('captions');
  sidecarText = $state<SidecarText>('caption');
  progress = $state.raw<{ readonly label: string; readonly done: number; readonly total: number } | undefined>(undefined);
  /** Files that changed unseen: someone has to say what becomes of them. */
  conflicts = $state.raw<readonly CheckedFile[]>([]);
  outcome = $state.raw<WriteOutcome | undefined>(undefined);
  /** What was done, once it is. */
  done = $state('');
  readonly cards: readonly Card[];
  readonly #parts: ExportingParts;
  readonly #named: ReturnType<typeof itemsAtPaths>;
  #checked: readonly CheckedFile[] = [];
  #isCancelled = false;

  constructor(cards: readonly Card[], parts: ExportingParts) {
    this.cards = cards;
    this.#parts = parts;
    this.#named = itemsAtPaths(cards);
  }

  /** How it goes out. */
  get options(): ExportOptions {
    const { format, withPictures, name, sidecarText } = this;
    return { format, withPictures: withPictures || this.isSharded, name: name.trim() === '' ? 'captions' : name.trim(), sidecarText };
  }

  /** What the export will be. */
  get plan(): ExportPlan {
    return planExport(this.#named.items, this.options);
  }

  /** The beginning of its texts. */
  get preview(): readonly ExportPreview[] {
    return previewExport(this.#named.items, { ...this.options, withPictures: this.options.withPictures });
  }

  /** Whether the format is an archive by itself. */
  get isSharded(): boolean {
    return this.format === 'webdataset';
  }

  /** Whether texts can be written beside all pictures where they lie. */
  get canWriteInPlace(): boolean {
    return (this.format === 'txt' || this.format === 'caption') && this.cards.some(({ place }) => place.folderId !== null);
  }

  /** Ends what is under way. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** Saves everything as one file: an archive, or the one text of a format without pictures. Call it from a click. */
  async saveFile(kind: 'zip' | 'tar'): Promise<void> {
    const { plan } = this;
    if (this.isSharded) return this.#saveShards(plan);
    const [only] = plan.files;
    const isText = plan.files.length === 1 && only?.kind === 'text';
    const fileName = isText ? only.path : `${this.options.name}.${kind}`;
    const target = await chooseTarget(fileName);
    if (target === undefined) return;
    await this.#write(target, isText ? encodeText(only.write()) : this.#pack(plan.files, kind), `${fileName} saved`);
  }

  /** Writes everything into a folder. Call it from a click. */
  async saveFolder(): Promise<void> {
    const folder = await pickWritable();
    if (folder === undefined) return;
    const files = this.plan.files.map((file): FolderFile => ({ folder, path: file.path, key: `${folder.name}/${file.path}`, file }));
    await this.#check(files);
  }

  /** Writes texts beside the pictures. Call it from a click. @throws {StudioError} 'permission' */
  async saveInPlace(): Promise<void> {
    const { format, sidecarText } = this;
    if (format !== 'txt' && format !== 'caption') return;
    const known = await this.#parts.stamps.ids();
    const files: FolderFile[] = [];
    for (const folder of await this.#parts.folders.loadAll()) {
      const cards = this.cards.filter(({ place }) => place.folderId === folder.id);
      if (cards.length === 0) continue;
      await requestWriting(folder.handle);
      files.push(
        ...planBeside({ folder, cards, wanted: new Set(cards), choice: { format, sidecarText }, beside: besideOf(folder.id, known) }),
      );
    }
    await this.#check(files);
  }

  /** Goes on after someone has said what becomes of files that changed: written over, or left alone. */
  async resolve(choice: 'overwrite' | 'keep'): Promise<void> {
    const files = this.#checked.filter(({ standing }) => choice === 'overwrite' || standing !== 'changed');
    const kept = choice === 'keep' ? this.conflicts.map(({ path }) => ({ path, reason: 'has changed, and was kept' })) : [];
    this.conflicts = [];
    await this.#writeAll(files, kept);
  }

  /** Tries what was left once more. */
  async goOn(): Promise<void> {
    const left = this.outcome?.left ?? [];
    this.outcome = undefined;
    await this.#check(left);
  }

  async #check(files: readonly FolderFile[]): Promise<void> {
    this.#isCancelled = false;
    try {
      this.#checked = await checkFiles(files, (key) => this.#parts.stamps.load(key), this.#watch('Looking at what is there'));
    } finally {
      this.progress = undefined;
    }
    if (this.#checked.length < files.length) return; // it was cancelled
    this.conflicts = this.#checked.filter(({ standing }) => standing === 'changed');
    if (this.conflicts.length === 0) await this.#writeAll(this.#checked, []);
  }

  async #writeAll(files: readonly CheckedFile[], kept: WriteOutcome['kept']): Promise<void> {
    this.#isCancelled = false;
    const host = {
      readPicture: (path: string) => this.#readPicture(path),
      remember: (key: string, stamp: FileStamp) => this.#parts.stamps.save(key, stamp),
    };
    try {
      const outcome = await writeFiles(files, host, this.#watch('Writing'));
      this.outcome = { ...outcome, kept: [...kept, ...outcome.kept] };
    } finally {
      this.progress = undefined;
    }
  }

  async #saveShards({ shards }: ExportPlan): Promise<void> {
    for (const [index, shard] of shards.entries()) {
      // One file may be chosen by a click; several would be as many questions.
      const target = shards.length === 1 ? await chooseTarget(shard.name) : downloadTarget(shard.name);
      if (target === undefined) return;
      const said = shards.length === 1 ? `${shard.name} saved` : `${String(index + 1)} of ${String(shards.length)} shards saved`;
      await this.#write(target, this.#pack(shard.files, 'tar'), said);
    }
  }

  async #write(target: SaveTarget, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, said: string): Promise<void> {
    this.#isCancelled = false;
    this.done = '';
    this.progress = { label: 'Writing', done: 0, total: 0 };
    try {
      await target.write(chunks);
      this.done = said;
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'cancelled')) throw error;
    } finally {
      this.progress = undefined;
    }
  }

  /** Packs files one by one; what was written of a cancelled one is thrown away by its target. */
  async *#pack(files: readonly PlannedFile[], kind: 'zip' | 'tar'): AsyncGenerator<Uint8Array> {
    const watch = this.#watch('Writing');
    let done = 0;
    const read = async (path: string): Promise<Uint8Array> => {
      watch.onProgress(done++, this.cards.length);
      if (watch.isCancelled()) throw new StudioError('cancelled', 'the export was stopped');
      return this.#readPicture(path);
    };
    yield* (kind === 'zip' ? writeZip : writeTar)(outputFiles(files, read));
  }

  async #readPicture(path: string): Promise<Uint8Array> {
    const card = this.#named.cardOf(path);
    if (card === undefined) throw new StudioError('internal', `export: no picture lies at ${path}`);
    return new Uint8Array(await (await this.#parts.library.read(card)).arrayBuffer());
  }

  #watch(label: string): WriteWatch {
    return { onProgress: (done, total) => (this.progress = { label, done, total }), isCancelled: () => this.#isCancelled };
  }
}

async function pickWritable(): Promise<FileSystemDirectoryHandle | undefined> {
  if (window.showDirectoryPicker === undefined) {
    throw new StudioError('permission', 'this browser does not let pages write into folders; save a zip and unpack it there');
  }
  try {
    return await window.showDirectoryPicker({ mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** The formats in the order of the list. */
export const formatNames = Object.keys(exportFormats) as readonly ExportFormat[];
