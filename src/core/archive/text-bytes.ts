/** @file Long texts as bytes, a stretch at a time. */

import { crc32 } from './crc32.ts';

/** About so many characters become one chunk. */
const chunkLength = 65_536;

/** Encodes pieces of a text as chunks of bytes; a piece must not end in the middle of a surrogate pair. */
export function* encodeText(pieces: Iterable<string>): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < chunkLength) continue;
    yield encoder.encode(waiting.join(''));
    waiting = [];
    length = 0;
  }
  if (length > 0) yield encoder.encode(waiting.join(''));
}

/** Finds length and checksum of a text without keeping it. */
export function measureText(pieces: Iterable<string>): { readonly byteLength: number; readonly crc: number } {
  let byteLength = 0;
  let crc = 0;
  for (const chunk of encodeText(pieces)) {
    byteLength += chunk.length;
    crc = crc32(chunk, crc);
  }
  return { byteLength, crc };
}
