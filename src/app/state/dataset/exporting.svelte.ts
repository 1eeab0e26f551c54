/** @file Data sets on their way out: which format, what it will hold, where it goes, and what came of it. */

import { exportFormats, type ExportFormat } from '../../../core/dataset/write/export-format.ts';
import {
  planExport,
  previewExport,
  type ExportOptions,
  type ExportPlan,
  type ExportPreview,
} from '../../../core/dataset/write/plan-export.ts';
import type { SidecarText } from '../../../core/dataset/write/sidecars.ts';
import { StudioError } from '../../../core/error.ts';
import { requestWriting, type FileStamp } from '../../../storage/folder-files.ts';
import { withFolders } from '../../../storage/folder-lock.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { chooseTarget, pickWritable, type SaveTarget } from '../../intake/save-stream.ts';
import { besideOf, planBeside } from './beside-pictures.ts';
import type { Card } from '../cards/card.svelte.ts';
import { itemsAtPaths } from './dataset-items.ts';
import { asOneFile, packFiles, type PictureBytes, type WholeExport } from './export-streams.ts';
import type { FolderRecord } from './folder-record.ts';
import type { Library } from '../cards/library.svelte.ts';
import { takeTexts, type TakeHost } from './take-texts.ts';
import { planWriteBack } from './write-back.ts';
import {
  checkFiles,
  writeFiles,
  type CheckedFile,
  type FolderFile,
  type LeftFile,
  type WriteOutcome,
  type WriteWatch,
} from './write-files.ts';

/** What exporting stands on. */
export interface ExportingParts {
  readonly library: Pick<Library, 'read' | 'cards'>;
  readonly folders: RecordStore<FolderRecord>;
  readonly stamps: RecordStore<FileStamp>;
  /** Changes cards as one step. */
  readonly apply: TakeHost['apply'];
}

const nothingWritten = 'Stopped. Nothing was written.';

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
  /** Tables in the pictures' folders that captions can go back into; known once the window has looked. */
  tables = $state.raw<readonly string[]>([]);
  /** What was done, once it is. */
  done = $state('');
  readonly cards: readonly Card[];
  readonly #parts: ExportingParts;
  readonly #named: ReturnType<typeof itemsAtPaths>;
  #checked: readonly CheckedFile[] = [];
  #unplaced: readonly LeftFile[] = [];
  #isCancelled = false;
  /** What came of the export that is gone on with. */
  #earlier: WriteOutcome | undefined;
  /** Whether tables are being written back. */
  #isBack = false;

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

  /** Forgets what came of an export, as when another is chosen. */
  layAside(): void {
    this.outcome = undefined;
    this.conflicts = [];
    this.done = '';
  }

  /** Writes nothing, since files have changed or it was stopped; what was written before it was gone on with stays told. */
  giveUp(): void {
    this.layAside();
    this.outcome = this.#earlier;
    this.done = this.#earlier === undefined ? nothingWritten : 'Stopped. Nothing more was written.';
  }

  /** Saves everything as one file: an archive, or the one text of a format without pictures. Call it from a click. */
  async saveFile(kind: 'zip' | 'tar'): Promise<void> {
    this.#begin();
    const whole = asOneFile(this.plan, { name: this.options.name, kind }, this.#pictures());
    const target = await chooseTarget(whole.fileName);
    if (target !== undefined) await this.#write(target, whole);
  }

  /** Writes everything into a folder. Call it from a click. */
  async saveFolder(): Promise<void> {
    this.#begin();
    const folder = await pickWritable();
    if (folder === undefined) return;
    const { files, shards } = this.plan;
    const pictures = this.#pictures();
    const archives = shards.map(({ name, files: inside }) => ({
      kind: 'archive' as const,
      path: name,
      write: () => packFiles(inside, 'tar', pictures),
    }));
    await this.#check([...files, ...archives].map((file) => ({ folder, path: file.path, key: `${folder.name}/${file.path}`, file })));
  }

  /** Writes texts beside the pictures. Call it from a click. @throws {StudioError} 'permission' */
  async saveInPlace(): Promise<void> {
    this.#begin();
    const { format, sidecarText } = this;
    if (format !== 'txt' && format !== 'caption') return;
    const known = await this.#parts.stamps.ids();
    const files: FolderFile[] = [];
    for (const folder of await this.#parts.folders.loadAll()) {
      const { cards, wanted } = this.#cardsOf(folder);
      if (wanted.size === 0) continue;
      await requestWriting(folder.handle);
      files.push(...planBeside({ folder, cards, wanted, choice: { format, sidecarText }, beside: besideOf(folder.id, known) }));
    }
    const homeless = this.cards.filter(({ place }) => place.folderId === null);
    await this.#check(
      files,
      homeless.map(({ place }) => ({ path: place.path, reason: 'lies in no folder that can be written to' })),
    );
  }

  /** Looks which tables the pictures' folders have. */
  async findTables(): Promise<void> {
    const ids = new Set(this.cards.map(({ place }) => place.folderId));
    this.tables = (await this.#parts.folders.loadAll()).flatMap(({ id, tables = [] }) => (ids.has(id) ? tables : []));
  }

  /** Puts captions and tags back into the tables that they came in with; what else is in them stays. Call it from a click. @throws {StudioError} 'permission' */
  saveBack(): Promise<void> {
    this.#begin();
    return this.#putBack();
  }

  async #putBack(): Promise<void> {
    const files: FolderFile[] = [];
    const left: LeftFile[] = [];
    for (const folder of await this.#parts.folders.loadAll()) {
      const { cards, wanted } = this.#cardsOf(folder);
      if (wanted.size === 0 || (folder.tables ?? []).length === 0) continue;
      await requestWriting(folder.handle);
      const back = await planWriteBack(folder, cards, wanted);
      files.push(...back.files);
      left.push(...back.left);
    }
    await this.#check(files, left);
    this.#isBack = true;
  }

  /** Whether what files that changed say now can become captions here. */
  get canTake(): boolean {
    return this.conflicts.some(({ take }) => take !== undefined);
  }

  /** Goes on after someone has said what becomes of files that changed: written over, left alone, or taken in. @throws {StudioError} as `takeTexts` does */
  async resolve(choice: 'overwrite' | 'keep' | 'take'): Promise<void> {
    this.#isCancelled = false;
    const { conflicts } = this;
    if (choice === 'take')
      await takeTexts(conflicts, { apply: this.#parts.apply, remember: (key, stamp) => this.#parts.stamps.save(key, stamp) });
    this.conflicts = [];
    if (choice === 'take' && this.#isBack) return this.#putBack(); // with what was written here
    const files = this.#checked.filter(({ standing }) => choice === 'overwrite' || standing !== 'changed');
    const reason = choice === 'take' ? 'had changed, and was taken in' : 'has changed, and was kept';
    const kept = choice === 'overwrite' ? [] : conflicts.map(({ path }) => ({ path, reason }));
    await this.#writeAll(files, [...this.#unplaced, ...kept]);
  }

  /** Tries what was left once more. */
  async goOn(): Promise<void> {
    const earlier = this.outcome;
    this.#begin(earlier);
    try {
      await this.#check(earlier?.left ?? []);
    } catch (error) {
      this.outcome ??= earlier;
      throw error;
    }
  }

  /** Begins what a click asks for; from here on a cancel counts. @param earlier what goes on */
  #begin(earlier?: WriteOutcome): void {
    this.#isCancelled = false;
    this.#earlier = earlier;
  }

  /** The pictures of a folder, and those of them that are to be written. */
  #cardsOf({ id }: FolderRecord): { readonly cards: readonly Card[]; readonly wanted: ReadonlySet<Card> } {
    const isIn = ({ place }: Card): boolean => place.folderId === id;
    return { cards: this.#parts.library.cards.filter(isIn), wanted: new Set(this.cards.filter(isIn)) };
  }

  async #check(files: readonly FolderFile[], unplaced: readonly LeftFile[] = []): Promise<void> {
    this.#isBack = false;
    this.#unplaced = unplaced;
    this.layAside();
    try {
      this.#checked = await checkFiles(files, (key) => this.#parts.stamps.load(key), this.#watch('Looking at what is there'));
    } finally {
      this.progress = undefined;
    }
    if (this.#isCancelled || this.#checked.length < files.length) {
      this.giveUp();
      return;
    }
    this.conflicts = this.#checked.filter(({ standing }) => standing === 'changed');
    if (this.conflicts.length === 0) await this.#writeAll(this.#checked, unplaced);
  }

  async #writeAll(files: readonly CheckedFile[], kept: WriteOutcome['kept']): Promise<void> {
    const host = {
      readPicture: (path: string) => this.#readPicture(path),
      remember: (key: string, stamp: FileStamp) => this.#parts.stamps.save(key, stamp),
    };
    try {
      const watch = this.#watch('Writing');
      // Within an archive pictures are counted.
      const quiet = this.isSharded ? { ...watch, onProgress: () => undefined } : watch;
      const folders = files.map(({ key }) => key.slice(0, key.indexOf('/')));
      const now = await withFolders(folders, () => writeFiles(files, host, quiet));
      const before = now.written === 0 ? this.#earlier : undefined; // where nothing more was written, it stays told
      this.outcome = {
        ...now,
        written: now.written + (before?.written ?? 0),
        same: now.same + (before?.same ?? 0),
        kept: [...(before?.kept ?? []), ...kept, ...now.kept],
      };
    } finally {
      this.progress = undefined;
    }
  }

  async #write(target: SaveTarget, { chunks, said }: WholeExport): Promise<void> {
    this.layAside();
    this.progress = { label: 'Writing', done: 0, total: 0 };
    try {
      await target.write(chunks);
      this.done = said;
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'cancelled')) throw error;
      this.done = nothingWritten;
    } finally {
      this.progress = undefined;
    }
  }

  /** The pictures of an export; what was written of a cancelled one is thrown away by its target. */
  #pictures(): PictureBytes {
    const watch = this.#watch('Writing');
    let done = 0;
    return {
      read: async (path) => {
        watch.onProgress(done++, this.cards.length);
        if (watch.isCancelled()) throw new StudioError('cancelled', 'the export was stopped');
        return this.#readPicture(path);
      },
      sizeOf: (path) => this.#named.cardOf(path)?.sizeBytes ?? 0,
    };
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

/** The formats in the order of the list. */
export const formatNames = Object.keys(exportFormats) as readonly ExportFormat[];
