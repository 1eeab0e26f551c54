/** @file Tar archives that hold others: several shards of a data set in one file, as this program writes them, read without unpacking. */

import { invalidArchive, defaultArchiveLimits, type ArchiveLimits, type FileEntry } from '../../archive/file-entry.ts';
import { listTar, type TarMember, type TarProgress } from '../../archive/read-tar.ts';
import type { ByteSource } from '../../codec/byte-source.ts';
import { stemOf } from '../item.ts';
import { isPicturePath } from '../picture-name.ts';

/**
 * Opens a tar archive, and the archives in it where it is a set of shards.
 *
 * @throws {StudioError} 'file-invalid' as {@link listShards} does
 */
export async function openShards(source: ByteSource, options: Partial<ArchiveLimits> & TarProgress = {}): Promise<readonly FileEntry[]> {
  const members = await listShards(source, options);
  return members.map(({ path, start, byteLength }) => ({ path, byteLength, read: () => source.slice(start, start + byteLength) }));
}

/**
 * Lists the files of a tar archive. Where it holds tar archives and no pictures beside them, their files are listed in their place; archives
 * beside pictures are somebody's copies, and archives in archives in it stay files. A path that an earlier shard has gets its shard's name in front.
 *
 * @throws {StudioError} 'file-invalid' when it or a shard is cut short, broken, packed or hostile, or all together have too many members
 */
export async function listShards(source: ByteSource, options: Partial<ArchiveLimits> & TarProgress = {}): Promise<readonly TarMember[]> {
  const { entries, entryBytes, ratio } = { ...defaultArchiveLimits, ...options };
  const limits = { entries, entryBytes, ratio };
  const members = await listTar(source, { ...options, entryBytes: Infinity });
  const shards = members.filter(({ path }) => isShard(path));
  const isSet = shards.length > 0 && members.every(({ path }) => !isPicturePath(path));
  const byPath = new Map<string, TarMember>();
  for (const member of members) {
    const inner = isSet && isShard(member.path) ? await listTar(within(source, member), limits) : [member];
    for (const one of inner) {
      if (one.byteLength > limits.entryBytes) throw tooLarge(source.name, one, limits);
      const path = one !== member && byPath.has(one.path) ? `${stemOf(member.path)}/${one.path}` : one.path;
      const start = one === member ? one.start : member.start + one.start;
      byPath.set(path, { path, start, byteLength: one.byteLength });
    }
    if (byPath.size > limits.entries) throw invalidArchive(source.name, `has more than ${String(limits.entries)} members`);
  }
  return [...byPath.values()];
}

function isShard(path: string): boolean {
  return /(?:^|\/)[^./][^/]*\.tar$/iu.test(path);
}

function tooLarge(name: string, { path, byteLength }: TarMember, { entryBytes }: ArchiveLimits): Error {
  return invalidArchive(name, `${path} has ${String(byteLength)} bytes; at most ${String(entryBytes)} are read`);
}

/** The bytes of a member as a source of their own. */
function within(source: ByteSource, { path, start, byteLength }: TarMember): ByteSource {
  const name = `${source.name}, ${path}`;
  return {
    name,
    byteLength,
    slice: (from, to) => {
      if (from < 0 || to < from || to > byteLength) throw invalidArchive(name, `range ${String(from)}–${String(to)} is outside of it`);
      return source.slice(start + from, start + to);
    },
  };
}
