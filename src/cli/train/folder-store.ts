/** @file A folder as a place to keep bytes by name. */

import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStore } from '../../engine/train/request.ts';
import { makeFolder } from '../make-folder.ts';
import { writeWhole } from '../node-files.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** Opens a folder, which is made when the first bytes are put into it. One process at a time writes there. */
export function folderStore(folder: string): ByteStore {
  return {
    read: async (name) => {
      try {
        return await readFile(join(folder, name));
      } catch (cause) {
        if (isSystemError(cause) && cause.code === 'ENOENT') return null;
        throw systemError(cause, join(folder, name));
      }
    },
    write: async (name, bytes) => {
      makeFolder(folder);
      await writeWhole(join(folder, name), bytes);
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}

/** Opens a folder that several processes write to, the same bytes under the same name: each puts its own file together and moves it there. */
export function sharedStore(folder: string): ByteStore {
  const store = folderStore(folder);
  return {
    ...store,
    write: async (name, bytes) => {
      const own = `${name}.${randomUUID()}`;
      await store.write(own, bytes);
      await rename(join(folder, own), join(folder, name)).catch((cause: unknown) => {
        throw systemError(cause, join(folder, name));
      });
    },
  };
}
