/** @file The pictures that systems are to caption: those that were added in the Evaluate room, and the gallery's. */

import { createNameMatcher } from '../../../core/dataset/match-names.ts';
import type { TarMember } from '../../../core/archive/read-tar.ts';
import { listShards } from '../../../core/dataset/read/open-shards.ts';
import { StudioError } from '../../../core/error.ts';
import type { PictureFiles, PictureSource } from '../../../storage/picture-files.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { hasPictureName } from '../../intake/picture-names.ts';
import type { Card } from '../cards/card.svelte.ts';
import { distinctNames } from '../cards/distinct-names.ts';
import type { IncomingPicture, Library } from '../cards/library.svelte.ts';

/** What was added, as it is stored: a picture by itself, or an archive with the pictures in it. */
export interface AddedPictures {
  readonly id: string;
  /** The file's name. */
  readonly name: string;
  readonly source: PictureSource;
  /** null for a picture by itself. */
  readonly members: readonly TarMember[] | null;
}

/** A picture that can be opened. */
export interface FoundPicture {
  readonly file: string;
  /** @throws {StudioError} 'permission' or 'file-missing' */
  open(): Promise<File>;
}

/** So many missing pictures are named; the others are counted. */
const maxNamed = 10;

/** What the pictures stand on. */
export interface PictureParts {
  readonly records: RecordStore<AddedPictures>;
  readonly files: PictureFiles;
  readonly library: Pick<Library, 'cards' | 'read'>;
}

/** Pictures by name. */
export class EvaluationPictures {
  added = $state.raw<readonly AddedPictures[]>([]);
  /** While files are being copied. */
  adding = $state.raw<{ readonly done: number; readonly total: number } | undefined>(undefined);
  readonly #parts: PictureParts;
  readonly #findAdded = $derived.by(() => createNameMatcher(this.added.flatMap((one) => this.#picturesOf(one))));
  readonly #findInGallery = $derived.by(() => {
    const { library } = this.#parts;
    const names = distinctNames(library.cards);
    return createNameMatcher(
      library.cards.map((card) => ({ file: names.get(card.id) ?? card.name, card, open: () => library.read(card) })),
    );
  });

  constructor(parts: PictureParts) {
    this.#parts = parts;
  }

  /** How many pictures were added here. */
  get count(): number {
    return this.added.reduce((sum, { members }) => sum + (members?.length ?? 1), 0);
  }

  /** Brings back what was kept. */
  async load(): Promise<void> {
    this.added = [...(await this.#parts.records.loadAll()), ...this.added];
    await this.#parts.files.removeOthers((id) => this.added.some((one) => one.id === id));
  }

  /** Finds a picture as a data set names it: what was added here first, then the gallery. */
  find(picture: { readonly file: string; readonly id?: string }): FoundPicture | undefined {
    return this.#findAdded(picture) ?? this.#findInGallery(picture);
  }

  /** Finds the gallery's picture that a data set names. */
  cardOf(file: string): Card | undefined {
    return this.#findInGallery({ file })?.card;
  }

  /**
   * Adds pictures and tar archives and keeps them; a file that was added before under the same name is replaced.
   *
   * @throws {StudioError} 'file-invalid' when one is a broken archive or one without pictures, after the others were added; 'storage-full'
   */
  async add(incoming: readonly IncomingPicture[]): Promise<void> {
    const kept: AddedPictures[] = [];
    const failures: unknown[] = [];
    this.adding = { done: 0, total: incoming.length };
    for (const [done, one] of incoming.entries()) {
      this.adding = { done, total: incoming.length };
      await this.#keep(one).then(
        (record) => kept.push(record),
        (error: unknown) => failures.push(error),
      );
    }
    const ids = new Set(kept.map(({ id }) => id));
    this.added = [...this.added.filter(({ id }) => !ids.has(id)), ...kept];
    this.adding = undefined;
    await this.#parts.records.saveMany(kept.map((record) => [record.id, record]));
    if (failures.length > 0) throw failures[0];
  }

  /** Opens a picture to be shown; gives its address as soon as there is one, and returns how to let go of it. */
  show(file: string, take: (url: string | undefined) => void): () => void {
    let url: string | undefined;
    let isWanted = true;
    // A picture that is gone is not shown; the caption stands for itself.
    const opened = this.find({ file })
      ?.open()
      .catch(() => undefined);
    void opened?.then((picture) => {
      if (picture !== undefined && isWanted) take((url = URL.createObjectURL(picture)));
    });
    return () => {
      isWanted = false;
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }

  /**
   * Takes all pictures that were added here away, the gallery stays as it is. Their copies stay until the room is loaded anew.
   *
   * @returns a way back; it throws 'file-missing' for copies that are gone by then, after it brought back the others
   */
  async clear(): Promise<() => Promise<void>> {
    const gone = this.added;
    this.added = [];
    await this.#parts.records.clear();
    return async () => {
      const names = new Set(this.added.map(({ name }) => name));
      const back = gone.filter(({ name }) => !names.has(name));
      this.added = [...back, ...this.added];
      await this.#parts.records.saveMany(back.map((record) => [record.id, record]));
      await this.#leaveOutMissing(back); // after they are kept, so that no other tab takes their copies for strays meanwhile
    };
  }

  /** Asks the browser for the user's files again; call it from a click. */
  async requestAccess(): Promise<boolean> {
    return this.#parts.files.requestAccess(this.added.map(({ source }) => source));
  }

  async #keep({ file, handle }: IncomingPicture): Promise<AddedPictures> {
    const members = isTarName(file.name) ? (await listShards(blobSource(file))).filter(({ path }) => isMemberPicture(path)) : null;
    if (members?.length === 0) throw new StudioError('file-invalid', `${file.name}: holds no pictures`);
    const id = this.added.find(({ name }) => name === file.name)?.id ?? crypto.randomUUID();
    return { id, name: file.name, source: await this.#parts.files.keep(id, file, handle), members };
  }

  /** Takes those out again whose copies another tab has tidied up. @throws {StudioError} 'file-missing' where there are such */
  async #leaveOutMissing(records: readonly AddedPictures[]): Promise<void> {
    const isMissing = await Promise.all(records.map((record) => this.#isMissing(record)));
    const missing = records.filter((_, index) => isMissing[index] === true);
    if (missing.length === 0) return;
    const ids = new Set(missing.map(({ id }) => id));
    this.added = this.added.filter(({ id }) => !ids.has(id));
    await this.#parts.records.remove([...ids]);
    const others = missing.length > maxNamed ? ` and ${String(missing.length - maxNamed)} more` : '';
    const names = missing.slice(0, maxNamed).map(({ name }) => name);
    throw new StudioError('file-missing', `${names.join(', ')}${others}: no longer kept here; add them again`);
  }

  /** The user's own files are looked for when they are read, since the browser may have to ask first. */
  async #isMissing({ name, source }: AddedPictures): Promise<boolean> {
    if (source.kind !== 'copy') return false;
    return this.#parts.files.read(source, name).then(
      () => false,
      (error: unknown) => error instanceof StudioError && error.code === 'file-missing',
    );
  }

  #picturesOf({ name, source, members }: AddedPictures): readonly FoundPicture[] {
    const open = (): Promise<File> => this.#parts.files.read(source, name);
    if (members === null) return [{ file: name, open }];
    return members.map((member) => ({
      file: member.path,
      open: async () => new File([(await open()).slice(member.start, member.start + member.byteLength)], member.path),
    }));
  }
}

/** Whether a file is taken for a tar archive. */
export function isTarName(name: string): boolean {
  return /\.tar$/iu.test(name);
}

function isMemberPicture(name: string): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return hasPictureName(base) && !base.startsWith('.');
}

function blobSource(file: File): Parameters<typeof listShards>[0] {
  return {
    name: file.name,
    byteLength: file.size,
    slice: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
  };
}
