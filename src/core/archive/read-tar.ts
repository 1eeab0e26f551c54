/** @file Opens tar archives: one pass over the headers, then members are read one by one, when they are asked for. */

import type { ByteSource } from '../codec/byte-source.ts';
import { checkMemberPath, defaultArchiveLimits, invalidArchive, type ArchiveLimits, type FileEntry } from './file-entry.ts';
import { blockBytes, readTarHeader, type TarHeader } from './tar-header.ts';

/** A member and where it lies in the archive. */
export interface TarMember {
  readonly path: string;
  /** Its first byte. */
  readonly start: number;
  /** @unit bytes */
  readonly byteLength: number;
}

/** What a pass over an archive tells on its way. */
export interface TarProgress {
  /** Called now and then with how far the pass is. @unit bytes */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Opens a tar archive.
 *
 * @throws {StudioError} 'file-invalid' as {@link listTar} does
 */
export async function openTar(source: ByteSource, options: Partial<ArchiveLimits> & TarProgress = {}): Promise<readonly FileEntry[]> {
  const members = await listTar(source, options);
  return members.map(({ path, start, byteLength }) => ({ path, byteLength, read: () => source.slice(start, start + byteLength) }));
}

/**
 * Lists the files of a tar archive (ustar, GNU or pax); the later of two with one name counts, as when unpacking.
 *
 * @throws {StudioError} 'file-invalid' when it is cut short, broken or packed, or has links, devices or members that lead out of it
 */
export async function listTar(source: ByteSource, options: Partial<ArchiveLimits> & TarProgress = {}): Promise<readonly TarMember[]> {
  const limits = { ...defaultArchiveLimits, ...options };
  const byPath = new Map<string, TarMember>();
  const read = createWindow(source);
  let next: Partial<TarHeader> = {};
  for (let at = 0; ; ) {
    const block = at + blockBytes <= source.byteLength ? await read(at, blockBytes) : null;
    if (block === null) throw cutShort(source.name);
    if (block.every((byte) => byte === 0)) break;
    const header = { ...readTarHeader(source.name, block, at), ...next };
    const start = at + blockBytes;
    const end = start + header.byteLength;
    if (end > source.byteLength) throw cutShort(source.name);
    at = start + Math.ceil(header.byteLength / blockBytes) * blockBytes;
    if (header.kind === 'long-name' || header.kind === 'attributes') {
      if (header.byteLength > maxAttributes) throw invalidArchive(source.name, 'has a name longer than a million bytes');
      next = { ...next, ...readAttributes(header, await read(start, header.byteLength)) };
      continue;
    }
    next = {};
    options.onProgress?.(at, source.byteLength);
    if (header.kind === 'skipped') continue;
    if (byPath.size >= limits.entries) throw invalidArchive(source.name, `has more than ${String(limits.entries)} members`);
    const path = checkMemberPath(source.name, header.path);
    if (header.kind === 'refused') {
      throw invalidArchive(source.name, `${path} is a link, device or hole-ridden file; pack plain files only (tar --dereference)`);
    }
    if (header.byteLength > limits.entryBytes) {
      throw invalidArchive(source.name, `${path} has ${String(header.byteLength)} bytes; at most ${String(limits.entryBytes)} are read`);
    }
    byPath.set(path, { path, start, byteLength: header.byteLength });
  }
  return [...byPath.values()];
}

const maxAttributes = 1_000_000;

function cutShort(name: string): Error {
  return invalidArchive(name, 'is cut short: the end of the tar archive is missing; download or copy it again');
}

/** Reads small stretches out of larger ones: asking a disk or a browser for every header costs more than reading on. */
function createWindow(source: ByteSource): (start: number, length: number) => Promise<Uint8Array> {
  const windowBytes = 262_144;
  let first = 0;
  let bytes: Uint8Array = new Uint8Array();
  return async (start, length) => {
    if (start < first || start + length > first + bytes.length) {
      // After a jump over a large member only a little is read: the next header may be far away again.
      const isNear = start < first + bytes.length + windowBytes;
      first = start;
      bytes = await source.slice(start, Math.min(source.byteLength, start + Math.max(length, isNear ? windowBytes : 8 * blockBytes)));
    }
    return bytes.subarray(start - first, start - first + length);
  };
}

function readAttributes(header: TarHeader, bytes: Uint8Array): Partial<TarHeader> {
  const text = new TextDecoder().decode(bytes);
  if (header.kind === 'long-name') return { path: text.replace(/\0.*$/su, '') };
  const found: { path?: string; byteLength?: number; kind?: TarHeader['kind'] } = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number(/^\d{1,7}(?= )/u.exec(new TextDecoder().decode(bytes.subarray(at, at + 8)))?.[0] ?? 0);
    if (length < 5) break;
    const record = new TextDecoder().decode(bytes.subarray(at, at + length - 1));
    const { key, value } = /^\d+ (?<key>[^=]+)=(?<value>.*)$/su.exec(record)?.groups ?? {};
    if (key === 'path' && value !== undefined) found.path = value;
    if (key === 'size' && /^\d{1,15}$/u.test(value ?? '')) found.byteLength = Number(value);
    if (key?.startsWith('GNU.sparse') === true) found.kind = 'refused';
    at += length;
  }
  return found;
}
