/** @file Renders the icon's PNG sizes from public/icon.svg: run it again after changing the drawing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from './process.mjs';

const folder = join(root, 'public');
const drawing = readFileSync(join(folder, 'icon.svg'));
const ground = '#1d1f23';

/** @param {number} size @param {string} name */
async function drawPlain(size, name) {
  await sharp(drawing, { density: 300 }).resize(size, size).png({ compressionLevel: 9, palette: true }).toFile(join(folder, name));
}

/** A launcher may cut a maskable icon to a circle: the drawing keeps to the inner four fifths. */
async function drawMaskable() {
  const inner = await sharp(drawing, { density: 300 }).resize(410, 410).png().toBuffer();
  await sharp({ create: { width: 512, height: 512, channels: 4, background: ground } })
    .composite([{ input: inner, gravity: 'centre' }])
    .flatten({ background: ground })
    .png({ compressionLevel: 9, palette: true })
    .toFile(join(folder, 'icon-maskable-512.png'));
}

await drawPlain(192, 'icon-192.png');
await drawPlain(512, 'icon-512.png');
await sharp(drawing, { density: 300 })
  .resize(180, 180)
  .flatten({ background: ground })
  .png({ palette: true })
  .toFile(join(folder, 'icon-180.png'));
await drawMaskable();
