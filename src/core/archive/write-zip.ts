/**
 * @file Writes zip archives as a stream: one member is in memory at a time, and sizes have no limit. Members are stored as they are, since
 * pictures do not shrink; their sizes and checksums stand before them, so that every reader takes them.
 *
 * @source PKWARE APPNOTE 6.3.10
 */

import { crc32 } from './crc32.ts';
import type { OnBytes, OutputFile } from './file-entry.ts';
import { encodeText, measureText } from './text-bytes.ts';

interface Written {
  readonly name: Uint8Array;
  readonly start: number;
  readonly byteLength: number;
  readonly crc: number;
}

/** Larger numbers do not fit into the old fields. */
const maxSmall = 0xff_ff_ff_fe;

/** Writes an archive of files as they come. @param onBytes is told of members' bytes as their checksums are found */
export async function* writeZip(files: AsyncIterable<OutputFile> | Iterable<OutputFile>, onBytes?: OnBytes): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let at = 0;
  for await (const file of files) {
    const bytes = file.kind === 'bytes' ? await file.read() : null;
    const facts = file.kind === 'text' ? measureText(file.write()) : await measureBytes(bytes ?? new Uint8Array(), onBytes);
    const member = { name: new TextEncoder().encode(file.path), start: at, ...facts };
    const header = localHeader(member);
    yield header;
    if (bytes !== null) yield bytes;
    else if (file.kind === 'text') yield* encodeText(file.write());
    written.push(member);
    at += header.length + member.byteLength;
  }
  const start = at;
  for (const member of written) {
    const row = directoryRow(member);
    yield row;
    at += row.length;
  }
  yield endRecord(written.length, start, at);
}

/** So much is summed up at a time. @unit bytes */
const pieceBytes = 4 * 2 ** 20;

async function measureBytes(bytes: Uint8Array, onBytes?: OnBytes): Promise<Pick<Written, 'byteLength' | 'crc'>> {
  let crc = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    crc = crc32(piece, crc);
    await onBytes?.(piece.length);
  }
  return { byteLength: bytes.length, crc };
}

/** Midnight of 1980-01-01, the first moment that zip knows: the same files give the same archive. */
const noTime = 0;
const noDate = 0x21;

function localHeader({ name, byteLength, crc }: Written): Uint8Array {
  const isLarge = byteLength > maxSmall;
  const extra = isLarge ? largeField([byteLength, byteLength]) : new Uint8Array();
  return record(30, [name, extra], (view) => {
    view.setUint32(0, 0x04_03_4b_50, true);
    writeShared(view, 4, { isLarge, crc, byteLength });
    view.setUint16(26, name.length, true);
    view.setUint16(28, extra.length, true);
  });
}

function directoryRow({ name, start, byteLength, crc }: Written): Uint8Array {
  const isLarge = byteLength > maxSmall;
  const isFar = start > maxSmall;
  const large = [...(isLarge ? [byteLength, byteLength] : []), ...(isFar ? [start] : [])];
  const extra = large.length > 0 ? largeField(large) : new Uint8Array();
  return record(46, [name, extra], (view) => {
    view.setUint32(0, 0x02_01_4b_50, true);
    view.setUint16(4, 0x03_2d, true); // made on Unix, version 4.5
    writeShared(view, 6, { isLarge: large.length > 0, crc, byteLength });
    view.setUint16(28, name.length, true);
    view.setUint16(30, extra.length, true);
    view.setUint32(38, (0o10_06_44 << 16) >>> 0, true); // a file that its owner may write and all may read
    view.setUint32(42, isFar ? 0xff_ff_ff_ff : start, true);
  });
}

interface SharedFields {
  readonly isLarge: boolean;
  readonly crc: number;
  readonly byteLength: number;
}

/** The fields that header and directory have in common, from the version that is needed to the sizes. */
function writeShared(view: DataView, at: number, { isLarge, crc, byteLength }: SharedFields): void {
  const size = byteLength > maxSmall ? 0xff_ff_ff_ff : byteLength;
  view.setUint16(at, isLarge ? 45 : 20, true);
  view.setUint16(at + 2, 0x8_00, true); // names are UTF-8
  view.setUint16(at + 6, noTime, true);
  view.setUint16(at + 8, noDate, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
}

function largeField(numbers: readonly number[]): Uint8Array {
  return record(4 + 8 * numbers.length, [], (view) => {
    view.setUint16(0, 0x00_01, true);
    view.setUint16(2, 8 * numbers.length, true);
    numbers.forEach((number, i) => view.setBigUint64(4 + 8 * i, BigInt(number), true));
  });
}

function endRecord(count: number, start: number, end: number): Uint8Array {
  const isLarge = count >= 0xff_ff || start > maxSmall || end - start > maxSmall;
  const large = isLarge ? largeEnd(count, start, end) : new Uint8Array();
  const small = record(22, [], (view) => {
    view.setUint32(0, 0x06_05_4b_50, true);
    view.setUint16(8, isLarge ? 0xff_ff : count, true);
    view.setUint16(10, isLarge ? 0xff_ff : count, true);
    view.setUint32(12, isLarge ? 0xff_ff_ff_ff : end - start, true);
    view.setUint32(16, isLarge ? 0xff_ff_ff_ff : start, true);
  });
  return record(0, [large, small], () => undefined);
}

/** The directory's end for large archives, and the locator that leads to it. */
function largeEnd(count: number, start: number, end: number): Uint8Array {
  return record(76, [], (view) => {
    view.setUint32(0, 0x06_06_4b_50, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, 0x03_2d, true);
    view.setUint16(14, 45, true);
    view.setBigUint64(24, BigInt(count), true);
    view.setBigUint64(32, BigInt(count), true);
    view.setBigUint64(40, BigInt(end - start), true);
    view.setBigUint64(48, BigInt(start), true);
    view.setUint32(56, 0x07_06_4b_50, true);
    view.setBigUint64(64, BigInt(end), true);
    view.setUint32(72, 1, true);
  });
}

function record(headBytes: number, tails: readonly Uint8Array[], fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(headBytes + tails.reduce((sum, tail) => sum + tail.length, 0));
  fill(new DataView(bytes.buffer, 0, headBytes));
  let at = headBytes;
  for (const tail of tails) {
    bytes.set(tail, at);
    at += tail.length;
  }
  return bytes;
}
