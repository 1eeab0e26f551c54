/** @file Opens zip archives by their directory at the end: members are read one by one, when they are asked for. */

import { memorySource, type ByteSource } from '../codec/byte-source.ts';
import { StudioError } from '../error.ts';
import { crc32 } from './crc32.ts';
import { checkMemberPath, defaultArchiveLimits, invalidArchive, type ArchiveLimits, type FileEntry, type OnBytes } from './file-entry.ts';
import { inflate } from './inflate.ts';
import { findDirectory, readDirectory, viewOf, type ZipMember } from './zip-directory.ts';

/** A member of a zip archive. */
export interface ZipEntry extends FileEntry {
  /** Whether its bytes lie in the archive as they are, so that opening it takes no memory. */
  readonly isStored: boolean;
  /**
   * Opens it to be read in ranges: a stored one where it lies, after its checksum was found right; another one unpacked into memory.
   *
   * @param onBytes is told of its own bytes as they are looked at or unpacked
   * @throws {StudioError} 'file-invalid' when it is damaged; and what `onBytes` throws
   */
  readonly open: (onBytes?: OnBytes) => Promise<ByteSource>;
}

/**
 * Opens a zip archive.
 *
 * @throws {StudioError} 'file-invalid' when it is cut short, broken, locked by a password, or hostile: members that lead out of it, share
 * bytes, or unpack to sizes that no picture has
 */
export async function openZip(source: ByteSource, limits: ArchiveLimits = defaultArchiveLimits): Promise<readonly ZipEntry[]> {
  const directory = await findDirectory(source);
  if (directory.entries > limits.entries) {
    throw invalidArchive(source.name, `has ${String(directory.entries)} members; at most ${String(limits.entries)} are read`);
  }
  const members = readDirectory(
    source.name,
    await source.slice(directory.start, directory.start + directory.byteLength),
    directory.entries,
  );
  checkOverlap(source.name, members, directory.start);
  const byPath = new Map<string, ZipEntry>(); // a later member of a name replaces the earlier one, as when unpacking
  for (const member of members) {
    const path = checkMemberPath(source.name, member.path);
    if (member.path.endsWith('/')) continue;
    checkMember(`${source.name}, ${path}`, member, limits);
    byPath.set(path, {
      path,
      byteLength: member.byteLength,
      isStored: member.method === 'stored',
      read: () => readMember(source, path, member),
      open: (onBytes) => openMember(source, path, member, onBytes),
    });
  }
  return [...byPath.values()];
}

function checkMember(name: string, member: ZipMember, limits: ArchiveLimits): void {
  if (member.isLink) throw invalidArchive(name, 'is a link to another file; pack the file itself');
  if (member.isLocked) throw invalidArchive(name, 'is locked by a password; pack it without one');
  if (member.method !== 'stored' && member.method !== 'deflated') {
    throw invalidArchive(name, `is packed by method ${member.method}; only stored and deflated members are read`);
  }
  const claim = `claims to unpack from ${String(member.packedLength)} to ${String(member.byteLength)} bytes`;
  if (member.byteLength > 1_000_000 && member.byteLength > limits.ratio * member.packedLength)
    throw invalidArchive(name, `${claim}, as only hostile archives do; it is not opened`);
  if (member.byteLength > limits.entryBytes)
    throw invalidArchive(
      name,
      `${claim}; at most ${String(limits.entryBytes)} are read from an archive. Unpack it and bring in the folder`,
    );
  if (member.method === 'stored' && member.byteLength !== member.packedLength) {
    throw invalidArchive(name, `has two different sizes, ${String(member.packedLength)} and ${String(member.byteLength)}`);
  }
}

/** Members that share bytes are how small archives unpack to huge ones. */
function checkOverlap(name: string, members: readonly ZipMember[], directoryStart: number): void {
  const sorted = members.toSorted((a, b) => a.start - b.start);
  sorted.forEach((member, i) => {
    const end = sorted[i + 1]?.start ?? directoryStart;
    if (member.start + localHeaderBytes + member.packedLength > end) {
      throw invalidArchive(name, `its members share bytes (${JSON.stringify(member.path.slice(0, 200))}); it is broken or hostile`);
    }
  });
}

const localHeaderBytes = 30;

async function readMember(source: ByteSource, path: string, member: ZipMember, onBytes?: OnBytes): Promise<Uint8Array<ArrayBuffer>> {
  const name = `${source.name}, ${path}`;
  const start = await findBytes(source, name, member);
  const packed = await source.slice(start, start + member.packedLength);
  const bytes = member.method === 'stored' ? packed : await inflate(name, packed, member.byteLength, onBytes);
  if (crc32(bytes) !== member.crc) throw damaged(name);
  return bytes;
}

async function openMember(source: ByteSource, path: string, member: ZipMember, onBytes?: OnBytes): Promise<ByteSource> {
  const name = `${source.name}/${path}`;
  if (member.method !== 'stored') return memorySource(name, await readMember(source, path, member, onBytes));
  const first = await findBytes(source, `${source.name}, ${path}`, member);
  const { byteLength, crc } = member;
  let sum = 0;
  for (let at = 0; at < byteLength; at += pieceBytes) {
    const piece = await source.slice(first + at, first + Math.min(byteLength, at + pieceBytes));
    sum = crc32(piece, sum);
    await onBytes?.(piece.byteLength);
  }
  if (sum !== crc) throw damaged(`${source.name}, ${path}`);
  return {
    name,
    byteLength,
    slice: (start, end) => {
      if (start >= 0 && start <= end && end <= byteLength) return source.slice(first + start, first + end);
      const range = `range ${String(start)}–${String(end)} is outside of its ${String(byteLength)} bytes`;
      return Promise.reject(new StudioError('file-invalid', `${name}: ${range}; the file is cut short or its header lies`));
    },
  };
}

/** So much is looked at a time. @unit bytes */
const pieceBytes = 4 * 2 ** 20;

/** Finds where a member's bytes begin: its own name and extra field may be longer than those of the directory. */
async function findBytes(source: ByteSource, name: string, member: ZipMember): Promise<number> {
  const head = viewOf(await source.slice(member.start, member.start + localHeaderBytes));
  if (head.getUint32(0, true) !== 0x04_03_4b_50)
    throw invalidArchive(name, 'does not stand where the directory says; the archive is damaged');
  return member.start + localHeaderBytes + head.getUint16(26, true) + head.getUint16(28, true);
}

function damaged(name: string): StudioError {
  return invalidArchive(name, 'its bytes do not have the checksum that the archive announces; it is damaged');
}
