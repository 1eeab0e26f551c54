/** @file A picture as plain pixels, and the changes to it that only move pixels about. */

import { StudioError } from '../error.ts';

/** A decoded picture: red, green, blue of each pixel, row by row from the top left. */
export interface Picture {
  /** @unit pixels */
  readonly width: number;
  /** @unit pixels */
  readonly height: number;
  /** Width * height * 3 bytes. */
  readonly data: Uint8Array;
}

/** A size of a picture, in the order in which configs and tensors have it. @unit pixels */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A rectangle within a picture. @unit pixels */
export interface Box extends Size {
  readonly top: number;
  readonly left: number;
}

/** A colour of 8 bits a channel. */
export type Rgb = readonly [number, number, number];

/**
 * Makes a picture of RGB bytes.
 *
 * @throws {StudioError} 'picture-invalid' when it has no pixels or not the bytes of its size
 */
export function pictureFromRgb(width: number, height: number, data: Uint8Array): Picture {
  checkPixels({ width, height }, data.length, 3);
  return { width, height, data };
}

/**
 * Makes a picture of RGBA bytes; where it is transparent, white shows through, as on a page. The bytes are not premultiplied.
 *
 * @throws {StudioError} 'picture-invalid' when it has no pixels or not the bytes of its size
 */
export function pictureFromRgba(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): Picture {
  checkPixels({ width, height }, rgba.length, 4);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const alpha = rgba[from + 3] ?? 0;
    for (let channel = 0; channel < 3; channel++) data[to + channel] = share(rgba[from + channel] ?? 0, alpha) + 255 - alpha;
  }
  return { width, height, data };
}

/** Rounds a · b / 255 to the nearest, exactly, as browsers do. */
function share(a: number, b: number): number {
  const product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

/** Cuts out a box; what of it lies outside of the picture stays black, as in transformers' center_crop. */
export function cropPicture(picture: Picture, box: Box): Picture {
  const data = blackPixels(box);
  copyRows(picture, { top: -box.top, left: -box.left }, { ...box, data });
  return { width: box.width, height: box.height, data };
}

/** Cuts out the middle; of an odd number of pixels too many the larger half is cut at the end. */
export function cropCenter(picture: Picture, size: Size): Picture {
  return cropPicture(picture, centerBox(picture, size));
}

/** Gives the box that {@link cropCenter} cuts out; it begins before the picture where that is the smaller one. */
export function centerBox(picture: Size, size: Size): Box {
  return { height: size.height, width: size.width, top: (picture.height - size.height) >> 1, left: (picture.width - size.width) >> 1 };
}

/** Puts a picture on a ground of one colour, its top left corner at the given place. */
export function padPicture(picture: Picture, ground: Box, color: Rgb): Picture {
  const data = blackPixels(ground);
  if (color.some((channel) => channel !== 0)) for (let i = 0; i < data.length; i++) data[i] = color[i % 3] ?? 0;
  copyRows(picture, ground, { ...ground, data });
  return { width: ground.width, height: ground.height, data };
}

/** Puts a picture into the middle of a square of its longer side; an odd pixel goes after it. */
export function padToSquare(picture: Picture, color: Rgb): Picture {
  const side = Math.max(picture.width, picture.height);
  if (picture.width === picture.height) return picture;
  return padPicture(picture, { width: side, height: side, top: (side - picture.height) >> 1, left: (side - picture.width) >> 1 }, color);
}

/** 2^28 pixels are 800 MB: more than a photo has, less than a browser's tab. */
const maxPixels = 2 ** 28;

/**
 * Gives the bytes of a black picture.
 *
 * @throws {StudioError} 'picture-invalid' when it would have more pixels than memory should be spent on
 */
export function blackPixels({ width, height }: Size): Uint8Array {
  if (width * height > maxPixels) {
    throw new StudioError(
      'picture-invalid',
      `picture: ${String(width)} x ${String(height)} pixels are too many; a picture so long and narrow has to be cut first`,
    );
  }
  return new Uint8Array(width * height * 3);
}

/** Copies what of a picture falls on the target when its corner is put at a place, which may lie outside. */
function copyRows(picture: Picture, place: { readonly top: number; readonly left: number }, target: Picture): void {
  const left = Math.max(0, place.left);
  const right = Math.min(target.width, place.left + picture.width);
  if (right <= left) return;
  const top = Math.max(0, place.top);
  const bottom = Math.min(target.height, place.top + picture.height);
  for (let y = top; y < bottom; y++) {
    const from = ((y - place.top) * picture.width + left - place.left) * 3;
    target.data.set(picture.data.subarray(from, from + (right - left) * 3), (y * target.width + left) * 3);
  }
}

function checkPixels({ width, height }: Size, bytes: number, channels: number): void {
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0;
  if (!isWhole || bytes !== width * height * channels) {
    throw new StudioError(
      'picture-invalid',
      `picture: ${String(width)} x ${String(height)} pixels of ${String(channels)} bytes were expected, got ${String(bytes)} bytes`,
    );
  }
}
