/** @file Files among others, wherever they lie: in a folder, in an archive, in a browser's hands. */

import { StudioError } from '../error.ts';

/** A file that can be read. */
export interface FileEntry {
  /** Its path below the folder or archive, with forward slashes; leads nowhere but down. */
  readonly path: string;
  /** @unit bytes */
  readonly byteLength: number;
  /** Reads it whole. */
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** Hears that so many bytes more are done, and may end the work by throwing. */
export type OnBytes = (count: number) => Promise<void>;

/** A file that is to be written. Text is written anew each time it is asked for, so that its length can be found first. */
export type OutputFile =
  | { readonly path: string; readonly kind: 'bytes'; readonly read: () => Promise<Uint8Array> }
  | { readonly path: string; readonly kind: 'text'; readonly write: () => Iterable<string> };

/** What archives may ask of the machine; more is refused as hostile or broken. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Of one file as it is held in memory. @unit bytes */
  readonly entryBytes: number;
  /** How many times larger than packed a file above a million bytes may be. */
  readonly ratio: number;
}

/** More than a data set needs and less than a browser's tab cannot bear. */
export const defaultArchiveLimits: ArchiveLimits = { entries: 1_000_000, entryBytes: 512 * 2 ** 20, ratio: 200 };

/**
 * Checks the path of a member of an archive and gives it with forward slashes and without `./`.
 *
 * @throws {StudioError} 'file-invalid' when it leads out of the archive, or to nowhere
 */
export function checkMemberPath(archive: string, path: string): string {
  const plain = path.replaceAll('\\', '/').replace(/\/+$/u, '');
  const parts = plain.split('/').filter((part) => part !== '.' && part !== '');
  const isOutside = plain.startsWith('/') || /^[a-z]:/iu.test(plain) || parts.includes('..');
  if (isOutside || parts.length === 0 || plain.includes('\0')) {
    throw invalidArchive(
      archive,
      `has a file named ${JSON.stringify(path.slice(0, 200))}, which leads out of the archive; it is not opened`,
    );
  }
  return parts.join('/');
}

/** Makes the error of an archive that is broken or hostile. */
export function invalidArchive(archive: string, reason: string, cause?: unknown): StudioError {
  return new StudioError('file-invalid', `${archive}: ${reason}`, { cause, details: { file: archive } });
}
