/** @file Opens zip archives by their directory at the end: members are read one by one, when they are asked for. */

import type { ByteSource } from '../codec/byte-source.ts';
import { crc32 } from './crc32.ts';
import { checkMemberPath, defaultArchiveLimits, invalidArchive, type ArchiveLimits, type FileEntry } from './file-entry.ts';
import { inflate } from './inflate.ts';
import { findDirectory, readDirectory, viewOf, type ZipMember } from './zip-directory.ts';

/**
 * Opens a zip archive.
 *
 * @throws {StudioError} 'file-invalid' when it is cut short, broken, locked by a password, or hostile: members that lead out of it, share
 * bytes, or unpack to sizes that no picture has
 */
export async function openZip(source: ByteSource, limits: ArchiveLimits = defaultArchiveLimits): Promise<readonly FileEntry[]> {
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
  const byPath = new Map<string, FileEntry>(); // a later member of a name replaces the earlier one, as when unpacking
  for (const member of members) {
    const path = checkMemberPath(source.name, member.path);
    if (member.path.endsWith('/')) continue;
    checkMember(`${source.name}, ${path}`, member, limits);
    byPath.set(path, { path, byteLength: member.byteLength, read: () => readMember(source, path, member) });
  }
  return [...byPath.values()];
}

function checkMember(name: string, member: ZipMember, limits: ArchiveLimits): void {
  if (member.isLink) throw invalidArchive(name, 'is a link to another file; pack the file itself');
  if (member.isLocked) throw invalidArchive(name, 'is locked by a password; pack it without one');
  if (member.method !== 'stored' && member.method !== 'deflated') {
    throw invalidArchive(name, `is packed by method ${member.method}; only stored and deflated members are read`);
  }
  const isTooDense = member.byteLength > 1_000_000 && member.byteLength > limits.ratio * member.packedLength;
  if (member.byteLength > limits.entryBytes || isTooDense) {
    throw invalidArchive(
      name,
      `claims to unpack from ${String(member.packedLength)} to ${String(member.byteLength)} bytes; that is no picture, and it is not opened`,
    );
  }
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

async function readMember(source: ByteSource, path: string, member: ZipMember): Promise<Uint8Array<ArrayBuffer>> {
  const name = `${source.name}, ${path}`;
  const head = viewOf(await source.slice(member.start, member.start + localHeaderBytes));
  if (head.getUint32(0, true) !== 0x04_03_4b_50)
    throw invalidArchive(name, 'does not stand where the directory says; the archive is damaged');
  // The local name and extra field may be longer than those of the directory.
  const start = member.start + localHeaderBytes + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = await source.slice(start, start + member.packedLength);
  const bytes = member.method === 'stored' ? packed : await inflate(name, packed, member.byteLength);
  if (crc32(bytes) !== member.crc)
    throw invalidArchive(name, 'its bytes do not have the checksum that the archive announces; it is damaged');
  return bytes;
}
