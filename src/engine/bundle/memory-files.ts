/** @file A set of files in memory that can be written and read, for bundles that need no folder. */

import { memorySource, type FileSet } from '../../core/codec/byte-source.ts';
import type { BundleSink } from '../convert/convert.ts';

/** Files in memory, with the sink that fills them. */
export interface MemoryFiles {
  readonly sink: BundleSink;
  readonly files: FileSet;
}

/** Makes an empty set of files. */
export function memoryFiles(name: string): MemoryFiles {
  const byPath = new Map<string, Uint8Array>();
  return {
    sink: {
      write: (path, bytes) => {
        byPath.set(path, bytes);
        return Promise.resolve();
      },
    },
    files: {
      name,
      list: () => Promise.resolve([...byPath.keys()].sort()),
      open: (path) => {
        const bytes = byPath.get(path);
        return Promise.resolve(bytes ? memorySource(`${name}/${path}`, bytes) : null);
      },
    },
  };
}
