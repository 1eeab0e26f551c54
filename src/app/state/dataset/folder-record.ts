/** @file What is kept of a folder that was picked, so that captions can be written beside its pictures. */

import type { SidecarText } from '../../../core/dataset/write/sidecars.ts';

/** Which texts are written beside the pictures. */
export interface BesideChoice {
  readonly format: 'txt' | 'caption';
  /** What `.txt` says; where captions go into `.caption`, it has the tags. */
  readonly sidecarText: SidecarText;
}

/** A folder that was picked and may be written to. */
export interface FolderRecord {
  readonly id: string;
  readonly handle: FileSystemDirectoryHandle;
  /** Tables that told of its pictures and can be written back into, beginning with the folder's name as pictures' paths do. */
  readonly tables?: readonly string[];
  /** How captions are saved as they change; absent where they are not. */
  readonly autosave?: BesideChoice;
}

/** A caption that changed and is not in its folder yet. */
export interface UnsavedRecord {
  /** The card's. */
  readonly id: string;
  readonly folderId: string;
}
