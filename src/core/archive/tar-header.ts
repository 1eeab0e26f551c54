/** @file The blocks before the members of a tar archive. @source POSIX.1-2017 pax, ustar Interchange Format; GNU tar 1.35, src/tar.h */

import { invalidArchive } from './file-entry.ts';

/** Everything in a tar is a multiple of it. @unit bytes */
export const blockBytes = 512;

/** What a header says. */
export interface TarHeader {
  readonly path: string;
  readonly byteLength: number;
  /** A file; a name or attributes for the next one; what is passed over, such as folders; what is not accepted, such as links. */
  readonly kind: 'file' | 'long-name' | 'attributes' | 'skipped' | 'refused';
}

/**
 * Reads a header.
 *
 * @throws {StudioError} 'file-invalid' when the block is none
 */
export function readTarHeader(archive: string, block: Uint8Array, at: number): TarHeader {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (readNumber(block.subarray(148, 156)) !== sum) {
    const isPacked =
      at === 0 && ((block[0] === 0x1f && block[1] === 0x8b) || (block[0] === 0x42 && block[1] === 0x5a) || block[0] === 0x28);
    const reason = isPacked
      ? 'is a packed tar archive; unpack it to .tar first (gunzip)'
      : `is no tar archive, or damaged at byte ${String(at)}`;
    throw invalidArchive(archive, reason);
  }
  const byteLength = readNumber(block.subarray(124, 136));
  if (byteLength === null) throw invalidArchive(archive, `has a member of unreadable size at byte ${String(at)}`);
  const isUstar = readText(block.subarray(257, 262)) === 'ustar';
  const prefix = isUstar && block[262] === 0 ? readText(block.subarray(345, 500)) : '';
  const name = readText(block.subarray(0, 100));
  return { path: prefix === '' ? name : `${prefix}/${name}`, byteLength, kind: kindOf(String.fromCharCode(block[156] ?? 0), name) };
}

function kindOf(type: string, name: string): TarHeader['kind'] {
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return name.endsWith('/') ? 'skipped' : 'file'; // very old archives mark folders by their names
    case 'L':
      return 'long-name';
    case 'x':
      return 'attributes';
    case '5':
    case 'g':
    case 'K':
    case 'V':
      return 'skipped';
    default:
      return 'refused';
  }
}

/** Reads octal digits, or the binary form of GNU for large numbers. */
function readNumber(field: Uint8Array): number | null {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0);
    return Number.isSafeInteger(value) ? value : null;
  }
  const digits = readText(field).trim();
  return /^[0-7]*$/u.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : null;
}

function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Writes the blocks before a member; names and sizes that the old fields cannot hold go into attributes of their own. */
export function writeTarHeader(path: string, byteLength: number): Uint8Array {
  const name = new TextEncoder().encode(path);
  const isPlain = name.length <= 100 && name.every((byte) => byte < 0x80) && byteLength <= 0o77_77_77_77_777;
  if (isPlain) return writeBlock(name, byteLength, '0');
  const attributes = new TextEncoder().encode([attribute('path', path), attribute('size', String(byteLength))].join(''));
  const padded = new Uint8Array(blockBytes * (2 + Math.ceil(attributes.length / blockBytes)));
  padded.set(writeBlock(new TextEncoder().encode('attributes'), attributes.length, 'x'));
  padded.set(attributes, blockBytes);
  const plainName = new TextEncoder().encode(path.replaceAll(/[^\x20-\x7e]/gu, '_').slice(-100));
  padded.set(writeBlock(plainName, Math.min(byteLength, 0o77_77_77_77_777), '0'), padded.length - blockBytes);
  return padded;
}

/** One attribute; its length counts the digits that say it. */
function attribute(key: string, value: string): string {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length++;
  return `${String(length)} ${key}=${value}\n`;
}

function writeBlock(name: Uint8Array, byteLength: number, type: string): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const put = (at: number, text: string): void => {
    block.set(new TextEncoder().encode(text), at);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.set(name.subarray(0, 100));
  put(100, `${octal(0o6_44, 7)}\0`);
  put(108, `${octal(0, 7)}\0${octal(0, 7)}\0`);
  put(124, `${octal(byteLength, 11)}\0`);
  put(136, `${octal(0, 11)}\0`); // no time: the same files give the same archive
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\0' + '00');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}
