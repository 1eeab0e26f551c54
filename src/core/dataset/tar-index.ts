/** @file Lists what a tar archive holds and where, without reading the members: pictures are cut out of the file when they are needed. */

import { StudioError } from '../error.ts';
import type { ByteSource } from '../codec/byte-source.ts';

/** A file within an archive. */
export interface TarMember {
  /** Its path, with forward slashes. */
  readonly name: string;
  /** First byte. */
  readonly start: number;
  /** @unit bytes */
  readonly byteLength: number;
}

/** Headers and padding are counted in these. @unit bytes */
const block = 512;
/** Headers of small members lie close: one read serves many. @unit bytes */
const windowBytes = 256 * 1024;
/** Longer names than this are no names. @unit bytes */
const maxNameBytes = 64 * 1024;

/**
 * Lists the files of an archive, the later of two with one name counting, as when unpacking.
 *
 * @throws {StudioError} 'file-invalid' when the bytes are no tar archive, or end within a member
 * @source POSIX.1-2017 pax, ustar interchange format; GNU tar manual, "Basic Tar Format"
 */
export async function listTar(source: ByteSource): Promise<readonly TarMember[]> {
  const fail = (at: number, reason: string): StudioError =>
    new StudioError('file-invalid', `${source.name}, byte ${String(at)}: ${reason}; is it a whole tar archive, not compressed?`);
  const read = windowReader(source);
  const members = new Map<string, TarMember>();
  let next: Partial<Record<'name' | 'size', string>> = {}; // what a header of its own says about the member behind it
  for (let at = 0; at + block <= source.byteLength; ) {
    const header = await read(at, block);
    if (header.every((byte) => byte === 0)) break;
    if (!hasRightSum(header)) throw fail(at, 'is no header of a member');
    const byteLength = next.size === undefined ? readNumber(header.subarray(124, 136)) : Number(next.size);
    const start = at + block;
    if (!Number.isSafeInteger(byteLength) || byteLength < 0 || start + byteLength > source.byteLength)
      throw fail(at, 'names a member that goes beyond the end');
    const kind = String.fromCharCode(header[156] ?? 0);
    if ((kind === 'L' || kind === 'x') && byteLength <= maxNameBytes) {
      const bytes = await read(start, byteLength);
      next = kind === 'L' ? { ...next, name: readText(bytes) } : { ...next, ...readPax(bytes) };
    } else if (kind !== 'g' && kind !== 'K') {
      const name = (next.name ?? headerName(header)).replace(/^(?:\.?\/)+/u, '');
      if (kind === '0' || kind === '\0' || kind === '7') members.set(name, { name, start, byteLength });
      next = {};
    }
    at = start + Math.ceil(byteLength / block) * block;
  }
  return [...members.values()];
}

function windowReader(source: ByteSource): (start: number, byteLength: number) => Promise<Uint8Array> {
  let from = 0;
  let window = new Uint8Array(0);
  return async (start, byteLength) => {
    if (start < from || start + byteLength > from + window.byteLength) {
      from = start;
      window = await source.slice(start, Math.min(source.byteLength, start + Math.max(windowBytes, byteLength)));
    }
    return window.subarray(start - from, start - from + byteLength);
  };
}

/** The sum of a header's bytes, its own eight counted as blanks. */
function hasRightSum(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === readNumber(header.subarray(148, 156));
}

function headerName(header: Uint8Array): string {
  const name = readText(header.subarray(0, 100));
  const prefix = readText(header.subarray(257, 262)) === 'ustar' ? readText(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits; or, where the first bit is set, the bytes of a number as GNU tar writes large ones. */
function readNumber(field: Uint8Array): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, (field[0] ?? 0) & 0x7f);
  const digits = readText(field).trim();
  return /^[0-7]*$/u.test(digits) ? Number.parseInt(`0${digits}`, 8) : Number.NaN;
}

/** Text up to the first zero byte. */
function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** Records such as `23 path=a/long/name.jpg` with a line end; the number is a record's length in bytes. */
function readPax(bytes: Uint8Array): Partial<Record<'name' | 'size', string>> {
  const found: Partial<Record<'name' | 'size', string>> = {};
  for (let at = 0; at < bytes.byteLength; ) {
    const blank = bytes.indexOf(32, at);
    const length = Number(readText(bytes.subarray(at, blank)));
    if (blank === -1 || !Number.isInteger(length) || length <= 0) break;
    const [key = '', ...value] = readText(bytes.subarray(blank + 1, at + length - 1)).split('=');
    if (key === 'path') found.name = value.join('=');
    if (key === 'size') found.size = value.join('=');
    at += length;
  }
  return found;
}
