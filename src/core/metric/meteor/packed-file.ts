/** @file What METEOR's two data files have in common: a mark, numbers, lengths of streams, streams; read without trust. */

import { StudioError } from '../../error.ts';

/** What a packed file must begin with. */
export interface PackedLayout {
  /** What to call the file in messages. */
  readonly name: string;
  /** Four ASCII letters. */
  readonly mark: string;
  /** How many numbers follow the mark. */
  readonly numbers: number;
  /** How many streams the file holds. */
  readonly streams: number;
}

/** The parts of a packed file; streams are views, not copies. */
export interface PackedFile {
  readonly name: string;
  readonly numbers: readonly number[];
  readonly streams: readonly Uint8Array[];
}

/**
 * Takes a packed file apart: mark, u32 numbers, u32 lengths of the streams, streams, all little endian and with nothing behind.
 *
 * @throws {StudioError} 'file-invalid' when the mark is another one or the lengths are not those of the bytes
 */
export function readPackedFile(bytes: Uint8Array, layout: PackedLayout): PackedFile {
  const { name, mark } = layout;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) invalid(name, 'the bytes are still gzip-compressed; decompress them first');
  const headerBytes = mark.length + 4 * (layout.numbers + layout.streams);
  const found = String.fromCharCode(...bytes.subarray(0, mark.length));
  if (found !== mark) invalid(name, `begins with ${JSON.stringify(found)}, expected ${JSON.stringify(mark)}; it is another file`);
  if (bytes.length < headerBytes)
    invalid(name, `${String(bytes.length)} bytes, its header alone has ${String(headerBytes)}; it is cut short`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = Array.from({ length: layout.numbers + layout.streams }, (_, index) => view.getUint32(mark.length + 4 * index, true));
  const streams: Uint8Array[] = [];
  let end = headerBytes;
  for (const length of header.slice(layout.numbers)) {
    streams.push(bytes.subarray(end, end + length));
    end += length;
  }
  if (end !== bytes.length) invalid(name, `${String(bytes.length)} bytes, its header promises ${String(end)}; it is cut short or damaged`);
  return { name, numbers: header.slice(0, layout.numbers), streams };
}

/**
 * Gives a number of the header.
 *
 * @throws {StudioError} 'file-invalid' when it is above what the format can hold
 */
export function packedNumber(file: PackedFile, index: number, limit: number): number {
  const value = file.numbers[index] ?? 0;
  if (value > limit) invalid(file.name, `header number ${String(index)} is ${String(value)}, expected at most ${String(limit)}`);
  return value;
}

/**
 * Gives a stream.
 *
 * @throws {StudioError} 'file-invalid' when a length is given and the stream has another
 */
export function packedStream(file: PackedFile, index: number, length?: number): Uint8Array {
  const stream = file.streams[index] ?? new Uint8Array();
  if (length !== undefined && stream.length !== length) {
    invalid(file.name, `stream ${String(index)} has ${String(stream.length)} bytes, expected ${String(length)}`);
  }
  return stream;
}

/**
 * Gives a stream's lines; an empty stream has none.
 *
 * @throws {StudioError} 'file-invalid' when it is not UTF-8
 */
export function packedLines(file: PackedFile, index: number): readonly string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(packedStream(file, index));
    return text === '' ? [] : text.split('\n');
  } catch (cause) {
    throw new StudioError('file-invalid', `${file.name}: stream ${String(index)} is not UTF-8 text; the file is damaged`, { cause });
  }
}

/**
 * Reads a stream of LEB128 numbers.
 *
 * @shape [count]
 * @throws {StudioError} 'file-invalid' when they are fewer or more than expected, or one is above 2³² − 1
 */
export function packedVarints(file: PackedFile, index: number, count: number): Uint32Array {
  const stream = packedStream(file, index);
  if (count > stream.length) invalid(file.name, `stream ${String(index)} has ${String(stream.length)} bytes for ${String(count)} numbers`);
  const values = new Uint32Array(count);
  let place = 0;
  let value = 0;
  let unit = 1;
  for (const byte of stream) {
    value += (byte & 127) * unit;
    if (value > 0xffffffff || unit > 2 ** 28) invalid(file.name, `stream ${String(index)} holds a number above 32 bits`);
    if (byte >= 128) {
      unit *= 128;
      continue;
    }
    if (place < count) values[place] = value;
    place += 1;
    value = 0;
    unit = 1;
  }
  if (place !== count || unit !== 1)
    invalid(file.name, `stream ${String(index)} holds ${String(place)} numbers, expected ${String(count)}`);
  return values;
}

/** Throws that a file contradicts its format. */
export function invalid(name: string, what: string): never {
  throw new StudioError('file-invalid', `${name}: ${what}`);
}
