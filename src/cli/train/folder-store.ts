/** @file A folder as a place to keep bytes by name. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStore } from '../../engine/train/request.ts';
import { makeFolder } from '../make-folder.ts';
import { writeWhole } from '../node-files.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** Opens a folder, which is made when the first bytes are put into it. */
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
