/** @file The files of one data set that comes in, each under a path of its own. */

import type { FileEntry } from '../../../core/archive/file-entry.ts';
import { isPicturePath } from '../../../core/dataset/picture-name.ts';
import type { DatasetPicture, IncomingPicture } from '../cards/library.svelte.ts';

/** Files and members of archives that are read together. */
export class Gathering {
  readonly entries: FileEntry[] = [];
  readonly origins = new Map<string, DatasetPicture['origin']>();
  readonly #taken = new Set<IncomingPicture>();

  /** Takes files that are not taken yet; gives the pictures among them. */
  takeFiles(files: readonly IncomingPicture[]): readonly DatasetPicture[] {
    const fresh = files.filter((one) => !this.#taken.has(one));
    return fresh.flatMap((one) => {
      const { file } = one;
      this.#taken.add(one);
      const wanted = one.path ?? file.name;
      // Two files of one name, picked from different folders, are two pictures.
      let path = wanted;
      for (let count = 2; this.origins.has(path); count++) path = wanted.replace(/(\.[^./]*)?$/u, ` (${String(count)})$1`);
      const entry = { path, byteLength: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) };
      return this.#take(entry, one);
    });
  }

  /** Takes a member of an archive; gives it where it is a picture. */
  takeMember(entry: FileEntry, origin: DatasetPicture['origin']): readonly DatasetPicture[] {
    return this.#take(entry, origin);
  }

  #take(entry: FileEntry, origin: DatasetPicture['origin']): readonly DatasetPicture[] {
    const { path, byteLength } = entry;
    this.origins.set(path, origin);
    this.entries.push(entry);
    return isPicturePath(path) ? [{ path, sizeBytes: byteLength, origin }] : [];
  }
}
