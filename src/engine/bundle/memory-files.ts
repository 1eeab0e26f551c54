/** @file A set of files in memory that can be written and read, for bundles that need no folder. */

import type { FileSink } from '../../core/codec/byte-sink.ts';
import { memorySource, type FileSet } from '../../core/codec/byte-source.ts';

/** Files in memory, with the sink that fills them. */
export interface MemoryFiles {
  readonly sink: FileSink;
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
      grow: (path, sizeBytes) => {
        const whole = new Uint8Array(sizeBytes);
        return Promise.resolve({
          isNew: true,
          write: (bytes, at) => {
            whole.set(bytes, at);
            return Promise.resolve();
          },
          flush: () => Promise.resolve(memorySource(`${name}/${path}`, whole)),
          finish: () => {
            byPath.set(path, whole);
            return Promise.resolve();
          },
          abandon: () => Promise.resolve(),
        });
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
