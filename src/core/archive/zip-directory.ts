/** @file The directory at the end of a zip archive. @source PKWARE APPNOTE 6.3.10, 4.3.12–4.3.16 and 4.5.3 */

import type { ByteSource } from '../codec/byte-source.ts';
import { invalidArchive } from './file-entry.ts';

/** Where the directory lies. */
export interface ZipDirectory {
  readonly start: number;
  readonly byteLength: number;
  readonly entries: number;
}

/** One row of the directory. */
export interface ZipMember {
  readonly path: string;
  /** Where its own header begins. */
  readonly start: number;
  readonly packedLength: number;
  readonly byteLength: number;
  readonly crc: number;
  /** `stored`, `deflated`, or the number of another method. */
  readonly method: string;
  readonly isLocked: boolean;
  readonly isLink: boolean;
}

const endBytes = 22;
const maxComment = 65_535;

/**
 * Finds the directory.
 *
 * @throws {StudioError} 'file-invalid' when there is none: then the file is no zip or was cut short
 */
export async function findDirectory(source: ByteSource): Promise<ZipDirectory> {
  const from = Math.max(0, source.byteLength - endBytes - maxComment - locatorBytes);
  const tail = await source.slice(from, source.byteLength);
  const view = viewOf(tail);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06_05_4b_50 || at + endBytes + view.getUint16(at + 20, true) !== tail.length) continue;
    const small = {
      entries: view.getUint16(at + 10, true),
      byteLength: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    const isLarge = small.entries === 0xff_ff || small.byteLength === 0xff_ff_ff_ff || small.start === 0xff_ff_ff_ff;
    const directory = isLarge ? ((await findLarge(source, view, at - locatorBytes)) ?? small) : small;
    if (directory.start + directory.byteLength > from + at) break;
    return directory;
  }
  throw invalidArchive(source.name, 'is no whole zip archive: its directory at the end is missing; download or copy it again');
}

const locatorBytes = 20;

async function findLarge(source: ByteSource, view: DataView, at: number): Promise<ZipDirectory | null> {
  if (at < 0 || view.getUint32(at, true) !== 0x07_06_4b_50) return null;
  const place = Number(view.getBigUint64(at + 8, true));
  const record = viewOf(await source.slice(place, place + 56));
  if (record.getUint32(0, true) !== 0x06_06_4b_50) throw invalidArchive(source.name, 'its directory is damaged');
  return {
    entries: Number(record.getBigUint64(32, true)),
    byteLength: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
  };
}

/**
 * Reads the rows of the directory.
 *
 * @throws {StudioError} 'file-invalid' when they are not what was announced
 */
export function readDirectory(name: string, bytes: Uint8Array, entries: number): readonly ZipMember[] {
  const view = viewOf(bytes);
  const members: ZipMember[] = [];
  let at = 0;
  while (at < bytes.length && members.length < entries) {
    const lengths = at + 46 <= bytes.length ? [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) : [];
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths;
    const end = at + 46 + nameLength + extraLength + commentLength;
    if (lengths.length === 0 || view.getUint32(at, true) !== 0x02_01_4b_50 || end > bytes.length) break;
    members.push(readRow(name, bytes, at, { nameLength, extraLength }));
    at = end;
  }
  if (members.length !== entries) {
    throw invalidArchive(name, `its directory has ${String(members.length)} whole rows of ${String(entries)}; it is damaged`);
  }
  return members;
}

interface RowLengths {
  readonly nameLength: number;
  readonly extraLength: number;
}

function readRow(archive: string, bytes: Uint8Array, at: number, { nameLength, extraLength }: RowLengths): ZipMember {
  const view = viewOf(bytes);
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
  const extra = readExtra(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
  const large = [...extra.large];
  const wide = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    if (value !== 0xff_ff_ff_ff) return value;
    const wider = large.shift();
    if (wider === undefined) throw invalidArchive(archive, 'a large member lacks its size; the directory is damaged');
    return wider;
  };
  const byteLength = wide(24);
  const packedLength = wide(20);
  const isUnix = view.getUint8(at + 5) === 3;
  return {
    path: extra.name ?? decodeName(nameBytes, (flags & 0x8_00) !== 0),
    byteLength,
    packedLength,
    start: wide(42),
    crc: view.getUint32(at + 16, true),
    method: method === 0 ? 'stored' : method === 8 ? 'deflated' : String(method),
    isLocked: (flags & 1) !== 0,
    isLink: isUnix && (view.getUint16(at + 40, true) & 0o17_00_00) === 0o12_00_00,
  };
}

interface ExtraFields {
  /** The numbers of the zip64 field, in its order. */
  readonly large: readonly number[];
  /** The name in UTF-8, where a packer of an old code page added it. */
  readonly name: string | null;
}

function readExtra(bytes: Uint8Array): ExtraFields {
  const view = viewOf(bytes);
  let large: readonly number[] = [];
  let name: string | null = null;
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > bytes.length) break;
    const kind = view.getUint16(at, true);
    if (kind === 0x00_01) {
      large = Array.from({ length: Math.floor((end - at - 4) / 8) }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
    }
    if (kind === 0x70_75 && end - at > 9) name = new TextDecoder().decode(bytes.subarray(at + 9, end));
    at = end;
  }
  return { large, name };
}

/** Without the sign for UTF-8 most packers write it all the same; what is none is taken letter by letter. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: !isUtf8 }).decode(bytes);
  } catch {
    return String.fromCharCode(...bytes);
  }
}

/** Gives a view of bytes that may lie within a larger buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
