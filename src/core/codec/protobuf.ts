/**
 * @file The wire format of protocol buffers, as much of it as ONNX needs: fields as plain data whose sizes are known before
 * anything is written, so that a message with gigabytes of weights is filled into one buffer once, and a reader that trusts no length.
 *
 * @source protobuf.dev/programming-guides/encoding
 */

import { StudioError } from '../error.ts';

/** One field of a message. */
export type Field =
  | { readonly kind: 'varint'; readonly number: number; readonly value: number }
  | { readonly kind: 'float'; readonly number: number; readonly value: number }
  | { readonly kind: 'bytes'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly number: number; readonly fields: readonly Field[]; readonly byteLength: number };

const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;
const wireFixed32 = 5;
const twoTo32 = 0x1_0000_0000;

/**
 * Makes a whole-number field (int32, int64, an enum).
 *
 * @throws {StudioError} 'argument-invalid' when the value is no safe integer
 */
export function varintField(number: number, value: number): Field {
  if (!Number.isSafeInteger(value))
    throw new StudioError('argument-invalid', `protobuf: field ${String(number)} needs a whole number, got ${String(value)}`);
  return { kind: 'varint', number, value };
}

/** Makes a 32-bit floating field. */
export function floatField(number: number, value: number): Field {
  return { kind: 'float', number, value };
}

/** Makes a field of raw bytes; they are referred to, and copied only by {@link encodeMessage}. */
export function bytesField(number: number, bytes: Uint8Array): Field {
  return { kind: 'bytes', number, bytes };
}

/** Makes a text field. */
export function stringField(number: number, text: string): Field {
  return { kind: 'bytes', number, bytes: new TextEncoder().encode(text) };
}

/** Makes a field that is a message itself. */
export function messageField(number: number, fields: readonly Field[]): Field {
  return { kind: 'message', number, fields, byteLength: sumOfSizes(fields) };
}

/**
 * Writes a message into one buffer of exactly its size.
 *
 * @throws {StudioError} 'argument-invalid' when it is 2 GiB or more, which no reader of the format accepts
 */
export function encodeMessage(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const size = sumOfSizes(fields);
  if (size >= 2 ** 31) {
    throw new StudioError(
      'argument-invalid',
      `protobuf: a message of ${String(size)} bytes is beyond the format's 2 GiB; keep the weights outside of it`,
    );
  }
  const target = new Uint8Array(size);
  writeFields({ target, view: new DataView(target.buffer), at: 0 }, fields);
  return target;
}

interface Cursor {
  readonly target: Uint8Array;
  readonly view: DataView;
  at: number;
}

function sumOfSizes(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + fieldSize(field), 0);
}

function fieldSize(field: Field): number {
  const tag = varintSize(field.number * 8);
  switch (field.kind) {
    case 'varint':
      return tag + varintSize(field.value);
    case 'float':
      return tag + 4;
    case 'bytes':
      return tag + varintSize(field.bytes.byteLength) + field.bytes.byteLength;
    case 'message':
      return tag + varintSize(field.byteLength) + field.byteLength;
  }
}

/** Negative numbers are written as 64-bit two's complement, which always takes ten bytes. */
function varintSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function writeFields(cursor: Cursor, fields: readonly Field[]): void {
  for (const field of fields) {
    switch (field.kind) {
      case 'varint':
        writeVarint(cursor, field.number * 8 + wireVarint);
        writeVarint(cursor, field.value);
        break;
      case 'float':
        writeVarint(cursor, field.number * 8 + wireFixed32);
        cursor.view.setFloat32(cursor.at, field.value, true);
        cursor.at += 4;
        break;
      case 'bytes':
        writeVarint(cursor, field.number * 8 + wireBytes);
        writeVarint(cursor, field.bytes.byteLength);
        cursor.target.set(field.bytes, cursor.at);
        cursor.at += field.bytes.byteLength;
        break;
      case 'message':
        writeVarint(cursor, field.number * 8 + wireBytes);
        writeVarint(cursor, field.byteLength);
        writeFields(cursor, field.fields);
        break;
    }
  }
}

function writeVarint(cursor: Cursor, value: number): void {
  if (value >= 0) {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) cursor.target[cursor.at++] = rest % 128 | 128;
    cursor.target[cursor.at++] = rest;
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) cursor.target[cursor.at++] = Number(rest & 127n) | 128;
  cursor.target[cursor.at++] = Number(rest);
}

/** A field as it was found: whole numbers as signed 64-bit ones, everything with a length as a view of its bytes. */
export type FoundField =
  | { readonly kind: 'varint'; readonly number: number; readonly value: bigint }
  | { readonly kind: 'fixed'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: 'bytes'; readonly number: number; readonly bytes: Uint8Array };

/**
 * Reads the fields of one message in order; nothing is copied, and nested messages stay bytes until they are read in turn.
 *
 * @throws {StudioError} 'file-invalid' when a length leads outside of the bytes or a field has an unknown form
 */
export function* decodeMessage(bytes: Uint8Array): Generator<FoundField, void, undefined> {
  let at = 0;
  while (at < bytes.byteLength) {
    const tag = readVarint(bytes, at);
    at = tag.end;
    const number = Number(BigInt.asUintN(64, tag.value) >> 3n);
    const wire = Number(tag.value & 7n);
    if (number < 1 || number >= twoTo32 / 8) throw broken(`field number ${String(number)} at byte ${String(at)}`);
    if (wire === wireVarint) {
      const { value, end } = readVarint(bytes, at);
      at = end;
      yield { kind: 'varint', number, value };
      continue;
    }
    let size = wire === wireFixed64 ? 8 : 4;
    if (wire === wireBytes) {
      const length = readVarint(bytes, at);
      at = length.end;
      if (length.value < 0n || length.value > BigInt(bytes.byteLength - at))
        throw broken(`field ${String(number)} claims ${String(length.value)} bytes where ${String(bytes.byteLength - at)} are left`);
      size = Number(length.value);
    } else if (wire !== wireFixed64 && wire !== wireFixed32) {
      throw broken(`field ${String(number)} has the unknown form ${String(wire)}`);
    }
    if (size > bytes.byteLength - at) throw broken(`field ${String(number)} is cut short`);
    yield { kind: wire === wireBytes ? 'bytes' : 'fixed', number, bytes: bytes.subarray(at, at + size) };
    at += size;
  }
}

/** Reads whole numbers that stand one after another without tags, as repeated fields may. */
export function decodePackedVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const { value, end } = readVarint(bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw broken(`number at byte ${String(start)} is cut short`);
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value: BigInt.asIntN(64, value), end: start + i + 1 };
  }
  throw broken(`number at byte ${String(start)} is longer than ten bytes`);
}

function broken(what: string): StudioError {
  return new StudioError('file-invalid', `protobuf: ${what}; the bytes are no protocol buffer message or are damaged`);
}
