/** @file Decodes a picture file for a test, as stored: no turn, no resize. */
import sharp from 'sharp';
import type { Picture } from '../../src/core/image/picture.ts';
import { pictureFromRgb } from '../../src/core/image/picture.ts';

export async function decodePhoto(path: string): Promise<Picture> {
  const { data, info } = await sharp(path).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return pictureFromRgb(
    info.width,
    info.height,
    info.channels === 3 ? data : Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)] ?? 0),
  );
}
