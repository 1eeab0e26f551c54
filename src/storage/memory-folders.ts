/** @file Folders of bytes that end with the tab, for browsers that give the page no place for files. */

const filesByPath = new Map<string, Uint8Array>();

const pathOf = (folder: readonly string[], name = ''): string => [...folder, name].join('/');

/** Gives a file's bytes, of which there may be none. */
export function readHeld(folder: readonly string[], name: string): Uint8Array | null {
  return filesByPath.get(pathOf(folder, name)) ?? null;
}

/** Keeps a copy, as a disk does. */
export function holdBytes(folder: readonly string[], name: string, bytes: Uint8Array): void {
  filesByPath.set(pathOf(folder, name), bytes.slice());
}

/** Lets go of a file, or of a folder with all that is in it. */
export function dropHeld(folder: readonly string[], name: string): void {
  const path = pathOf(folder, name);
  for (const held of filesByPath.keys()) if (held === path || held.startsWith(`${path}/`)) filesByPath.delete(held);
}

/** Lists the folders within a folder. */
export function heldFolders(folder: readonly string[]): readonly string[] {
  const prefix = pathOf(folder);
  const below = [...filesByPath.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/'));
  return [...new Set(below.flatMap(([name = '', ...rest]) => (rest.length > 0 ? [name] : [])))];
}
