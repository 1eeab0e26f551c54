/** @file Folders of bytes that end with the tab, for browsers that give the page no place for files. */

const filesByPath = new Map<string, Uint8Array>();

const pathOf = (folder: readonly string[], name = ''): string => [...folder, name].join('/');

/** Opens a folder in memory; the same path gives the same files. */
export function openHeldFolder(path: readonly string[]): {
  readonly read: (name: string) => Promise<Uint8Array | null>;
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
} {
  return {
    read: (name) => Promise.resolve(filesByPath.get(pathOf(path, name)) ?? null),
    write: (name, bytes) => {
      filesByPath.set(pathOf(path, name), bytes.slice()); // as a disk does
      return Promise.resolve();
    },
    remove: (name) => {
      removeHeld(path, name);
      return Promise.resolve();
    },
  };
}

/** Lets go of a file, or of a folder with all that is in it. */
export function removeHeld(folder: readonly string[], name: string): void {
  const path = pathOf(folder, name);
  for (const held of filesByPath.keys()) if (held === path || held.startsWith(`${path}/`)) filesByPath.delete(held);
}

/** Lists the folders within a folder. */
export function heldFolders(folder: readonly string[]): readonly string[] {
  const prefix = pathOf(folder);
  const below = [...filesByPath.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/'));
  return [...new Set(below.flatMap(([name = '', ...rest]) => (rest.length > 0 ? [name] : [])))];
}
