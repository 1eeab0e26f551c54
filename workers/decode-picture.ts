/** @file Decodes pictures in the browser to plain RGB. */

import { StudioError } from '../src/core/error.ts';
import { pictureFromRgba, type Picture } from '../src/core/image/picture.ts';
import { openBitmap } from './open-bitmap.ts';

/** Canvases end near this in every browser. @unit pixels */
const maxPixels = 2 ** 28;

/**
 * Decodes a picture, first frame, turned as its EXIF says; where it is transparent, white shows through. Its colours are taken as they are stored: towers were trained on decoders that
 * know no colour profiles, and the command line's does the same.
 *
 * @throws {StudioError} 'picture-invalid' naming the picture, 'file-missing' when the file went away since it was chosen
 */
export async function decodePicture(name: string, file: Blob): Promise<Picture> {
  const bitmap = await openBitmap(name, file, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  try {
    const { width, height } = bitmap;
    if (width * height > maxPixels) {
      throw new StudioError(
        'picture-invalid',
        `${name}: has ${String(width)} × ${String(height)} pixels, more than a browser can hold; make it smaller`,
      );
    }
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context)
      throw new StudioError(
        'out-of-memory',
        `${name}: there is no memory for ${String(width)} × ${String(height)} pixels; make it smaller`,
      );
    // A canvas premultiplies: read back from a transparent one, colours would have lost bits. On white nothing is lost.
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return pictureFromRgba(width, height, context.getImageData(0, 0, width, height).data);
  } finally {
    bitmap.close();
  }
}
