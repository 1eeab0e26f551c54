/** @file Decodes picture files in Node. */

import { StudioError } from '../core/error.ts';
import { pictureFromRgb, pictureFromRgba, type Picture } from '../core/image/picture.ts';
import { decodeBmp, isBmp } from './decode-bmp.ts';

/**
 * Decodes a picture, first frame, turned as its EXIF says; where it is transparent, white shows through.
 *
 * @throws {StudioError} 'picture-invalid' naming the picture and the decoder's reason
 */
export async function decodePicture(name: string, bytes: Uint8Array): Promise<Picture> {
  const { default: sharp } = await import('sharp'); // takes a fifth of a second, which commands without pictures need not wait for
  try {
    if (isBmp(bytes)) return decodeBmp(bytes); // libvips as sharp brings it reads none
    // Colours are taken as they are stored, as the page and the decoders that models were taught with do.
    const image = sharp(bytes, { pages: 1, failOn: 'error', ignoreIcc: true });
    const { hasAlpha } = await image.metadata();
    const turned = image.rotate().toColourspace('srgb');
    const { data, info } = await (hasAlpha ? turned.ensureAlpha() : turned).raw().toBuffer({ resolveWithObject: true });
    if (info.channels === 4) return pictureFromRgba(info.width, info.height, data);
    return pictureFromRgb(info.width, info.height, info.channels === 3 ? data : tripled(data));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('picture-invalid', `${name}: cannot be decoded as a picture (${reason})`, { cause });
  }
}

function tripled(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  grey.forEach((value, i) => rgb.fill(value, i * 3, i * 3 + 3));
  return rgb;
}
