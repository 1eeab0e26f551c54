/** @file Decodes BMP files, which sharp does not read: 1, 4, 8, 24 and 32 bits a pixel, not compressed. @source Windows SDK, BITMAPINFOHEADER */

import { StudioError } from '../core/error.ts';
import { pictureFromRgb, type Picture } from '../core/image/picture.ts';

/** As much as sharp takes of the other formats. @unit pixels */
const maxPixels = 0x3fff * 0x3fff;
const uncompressed = 0;
/** Masks of channels stand in the header; those of 32 bits are almost always the usual ones. */
const bitFields = 3;

/** Tells whether bytes begin like a BMP. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length >= 54;
}

/** What the headers say. */
interface BmpHeader {
  readonly pixelsAt: number;
  readonly paletteAt: number;
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
}

/**
 * Decodes a BMP; a fourth channel is dropped.
 *
 * @throws {StudioError} 'picture-invalid' when it is compressed, cut short or its header contradicts itself
 */
export function decodeBmp(bytes: Uint8Array): Picture {
  const header = readHeader(bytes);
  const { width, height, bits, pixelsAt, isTopDown } = header;
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (pixelsAt + stride * height > bytes.length) throw invalid('the file ends before its last row');
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = pixelsAt + (isTopDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      const from = colourAt(bytes, header, row, x);
      const to = (y * width + x) * 3;
      rgb[to] = bytes[from + 2] ?? 0;
      rgb[to + 1] = bytes[from + 1] ?? 0;
      rgb[to + 2] = bytes[from] ?? 0;
    }
  }
  return pictureFromRgb(width, height, rgb);
}

/** Finds the blue, green, red of a pixel: in its row, or in the palette. */
function colourAt(bytes: Uint8Array, { bits, paletteAt }: BmpHeader, row: number, x: number): number {
  if (bits >= 24) return row + (x * bits) / 8;
  const byte = bytes[row + Math.floor((x * bits) / 8)] ?? 0;
  const shift = 8 - bits - ((x * bits) % 8);
  return paletteAt + 4 * ((byte >> shift) & (2 ** bits - 1));
}

function readHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  if (headerBytes < 40) throw invalid(`a header of ${String(headerBytes)} bytes, as OS/2 wrote it, is not read`);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const height = Math.abs(signedHeight); // negative: rows from the top
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || height < 1 || width * height > maxPixels) throw invalid(`${String(width)} × ${String(height)} pixels`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw invalid(`${String(bits)} bits a pixel are not read`);
  if (compression !== uncompressed && !(compression === bitFields && bits === 32)) throw invalid('compressed ones are not read');
  return { pixelsAt: view.getUint32(10, true), paletteAt: 14 + headerBytes, width, height, isTopDown: signedHeight < 0, bits };
}

function invalid(reason: string): StudioError {
  return new StudioError('picture-invalid', `BMP: ${reason}`);
}
