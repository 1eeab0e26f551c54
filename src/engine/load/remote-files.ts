/** @file A folder on a web server as a set of files. */

import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import type { Http } from './http.ts';
import { fetchWhole, probe, rangedSource, type FileState, type OnBytes, type RangedSource } from './remote-source.ts';

/** A folder on a server. */
export interface RemoteFolder {
  /** What to call it in messages. */
  readonly name: string;
  /** Ends with a slash. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its files with their sizes, where the server lists them; null where one has to ask for each. */
  readonly listing: ReadonlyMap<string, FileState> | null;
  /** Files whose state is known from an earlier visit. */
  readonly known?: ReadonlyMap<string, FileState>;
}

/** A folder on a server, and what was learned of its files. */
export interface RemoteFiles extends FileSet {
  /** The state of every large file that was opened. */
  states(): ReadonlyMap<string, FileState>;
}

/** Files of weights are read by ranges, all others are small. */
const isLarge = (path: string): boolean => /\.(?:safetensors|bin)$/.test(path);

/** Opens a folder; each file is asked for once, when it is first opened. */
export function remoteFiles(http: Http, folder: RemoteFolder, onBytes: OnBytes = () => undefined): RemoteFiles {
  const { listing, known } = folder;
  const opened = new Map<string, Promise<ByteSource | null>>();
  const ranged = new Map<string, RangedSource>();
  const openLarge = async (path: string): Promise<ByteSource | null> => {
    const file = { address: addressOf(folder, path), headers: folder.headers, name: path };
    const state = known?.get(path) ?? listing?.get(path);
    const found = state ? { state } : await probe(http, file);
    if (!found) return null;
    const source = rangedSource(http, { ...file, ...found }, onBytes);
    ranged.set(path, source);
    return source;
  };
  const openSmall = (path: string): Promise<ByteSource | null> =>
    fetchWhole(http, { address: addressOf(folder, path), headers: folder.headers }, path);
  return {
    name: folder.name,
    list: () => Promise.resolve([...(listing ?? known ?? new Map<string, FileState>()).keys()].sort()),
    open: (path) => {
      if (listing && !listing.has(path)) return Promise.resolve(null);
      const before = opened.get(path);
      if (before) return before;
      const opening = isLarge(path) ? openLarge(path) : openSmall(path);
      opened.set(path, opening);
      opening.catch(() => opened.delete(path)); // the next reader tries again
      return opening;
    },
    states: () => new Map([...ranged].map(([path, source]) => [path, source.state()])),
  };
}

function addressOf({ address }: RemoteFolder, path: string): string {
  return address + path.split('/').map(encodeURIComponent).join('/');
}
