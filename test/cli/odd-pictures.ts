/** @file Pictures of all kinds made from one photo, and files that are none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { samples } from './run-studio.ts';

const photo = readFileSync(join(samples, 'skimage_chelsea.jpg'));

/** Writes files that show the cat of one photo in many ways; each must be captioned. */
export async function writeGoodPictures(folder: string): Promise<readonly string[]> {
  const cat = (): Sharp => sharp(photo);
  const frames = await Promise.all(
    ['skimage_chelsea.jpg', 'skimage_coffee.jpg'].map((name) =>
      sharp(join(samples, name)).resize(300, 200, { fit: 'fill' }).png().toBuffer(),
    ),
  );
  const pictures: Readonly<Record<string, Buffer>> = {
    'alpha.png': await cat().ensureAlpha(0.5).png().toBuffer(),
    'animated.gif': await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
    'cmyk.jpg': await cat().toColourspace('cmyk').jpeg().toBuffer(),
    'eight-bits.bmp': await bmpOf(8),
    'grey-sixteen.png': await cat().greyscale().toColourspace('grey16').png().toBuffer(),
    'grey.png': await cat().greyscale().png().toBuffer(),
    'jpeg-named.png': photo,
    'moved.avif': await cat().avif({ quality: 80 }).toBuffer(),
    'paper.tiff': await cat().tiff().toBuffer(),
    'sixteen.png': await cat().toColourspace('rgb16').png().toBuffer(),
    'twenty-four-bits.bmp': await bmpOf(24),
    'turned.jpg': await cat().rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer(),
    'web.webp': await cat().webp({ quality: 95 }).toBuffer(),
  };
  for (const [name, bytes] of Object.entries(pictures)) writeFileSync(join(folder, name), bytes);
  return Object.keys(pictures);
}

/** Writes files with the names of pictures that are none; each must fail by name. */
export async function writeBadPictures(folder: string): Promise<readonly string[]> {
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const huge = Buffer.from(png);
  huge.writeUInt32BE(100_000, 16);
  huge.writeUInt32BE(100_000, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29); // so that only the size is wrong
  const bmp = await bmpOf(24);
  const wide = Buffer.from(bmp);
  wide.writeInt32LE(2 ** 30, 18);
  const pictures: Readonly<Record<string, Buffer>> = {
    'cut.bmp': bmp.subarray(0, bmp.length / 2),
    'cut.jpg': photo.subarray(0, photo.length / 2),
    'empty.jpg': Buffer.alloc(0),
    'huge.bmp': wide,
    'huge.png': huge,
    'text.webp': Buffer.from('no picture at all'),
  };
  for (const [name, bytes] of Object.entries(pictures)) writeFileSync(join(folder, name), bytes);
  return Object.keys(pictures);
}

/** Writes the photo as BMP: in colour, or in 256 greys of a palette. */
async function bmpOf(bits: 8 | 24): Promise<Buffer> {
  const image = bits === 8 ? sharp(photo).greyscale() : sharp(photo);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const stride = Math.ceil((info.width * bits) / 32) * 4;
  const pixelsAt = 54 + (bits === 8 ? 1024 : 0);
  const bmp = Buffer.alloc(pixelsAt + stride * info.height);
  bmp.write('BM');
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(pixelsAt, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(info.width, 18);
  bmp.writeInt32LE(info.height, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(bits, 28);
  for (let grey = 0; bits === 8 && grey < 256; grey++) bmp.fill(grey, 54 + grey * 4, 57 + grey * 4);
  for (let y = 0; y < info.height; y++) {
    const row = pixelsAt + (info.height - 1 - y) * stride;
    for (let x = 0; x < info.width; x++) {
      const from = (y * info.width + x) * info.channels;
      if (bits === 8) bmp[row + x] = data[from] ?? 0;
      else bmp.set([data[from + 2] ?? 0, data[from + 1] ?? 0, data[from] ?? 0], row + x * 3);
    }
  }
  return bmp;
}
