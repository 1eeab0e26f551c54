/** @file Decodes a picture file with what the browser has; both threads that look at pictures share it. */

import { StudioError } from '../src/core/error.ts';

/**
 * Decodes a picture's first frame, turned as its EXIF says; close the bitmap when done.
 *
 * @throws {StudioError} 'picture-invalid' naming the file when the browser cannot decode it, 'file-missing' when it can no longer be read
 */
export async function openBitmap(name: string, file: Blob, options: ImageBitmapOptions = {}): Promise<ImageBitmap> {
  if (file.size === 0) throw new StudioError('picture-invalid', `${name} is empty; its file holds 0 bytes`);
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image', ...options });
  } catch (cause) {
    // A file that went away after it was chosen fails to be read, which is another trouble than a broken picture.
    await file
      .slice(0, 1)
      .arrayBuffer()
      .catch((unreadable: unknown) => {
        throw new StudioError('file-missing', `${name} can no longer be read; it was moved, renamed or changed`, { cause: unreadable });
      });
    const message = `${name} is not a picture that this browser can decode; JPEG, PNG, WebP, AVIF, GIF and BMP work`;
    throw new StudioError('picture-invalid', message, { cause, details: { name } });
  }
}
