/** @file Taking in what something else wrote into a folder: its texts become captions here, as one step that can be undone. */

import { decodeText } from '../../../core/dataset/read/decode-text.ts';
import { openFile, type FileStamp } from '../../../storage/folder-files.ts';
import type { CardChange } from './editing.svelte.ts';
import type { FolderFile } from './write-files.ts';

/** What taking in leaves behind. */
export interface TakeHost {
  /** Changes cards as one step. */
  readonly apply: (label: string, changes: readonly CardChange[]) => void;
  readonly remember: (key: string, stamp: FileStamp) => Promise<void>;
}

/**
 * Takes in what files say now. Those that are gone are left out; from now on each counts as known.
 *
 * @throws {StudioError} 'permission', 'file-invalid' when a table cannot be read any more, and then nothing has changed
 */
export async function takeTexts(files: readonly FolderFile[], { apply, remember }: TakeHost): Promise<void> {
  const changes: CardChange[] = [];
  const seen: (readonly [string, FileStamp])[] = [];
  for (const { folder, path, key, take } of files) {
    const file = take === undefined ? null : await openFile(folder, path);
    if (take === undefined || file === null) continue;
    const stamp = { lastModified: file.lastModified, sizeBytes: file.size };
    // A card with two texts gets both.
    const known = new Map(changes.map((change) => [change.card, change.after]));
    for (const change of take(decodeText(new Uint8Array(await file.arrayBuffer())), (card) => known.get(card) ?? card.content)) {
      const index = changes.findIndex(({ card }) => card === change.card);
      if (index < 0) changes.push(change);
      else changes[index] = change;
    }
    seen.push([key, stamp]);
  }
  apply(changes.length === 1 ? 'Changed text taken in' : 'Changed texts taken in', changes);
  for (const [key, stamp] of seen) await remember(key, stamp);
}
