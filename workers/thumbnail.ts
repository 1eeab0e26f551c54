/** @file Makes a picture small for a card, with the camera's turn applied. */

import { StudioError } from '../src/core/error.ts';
import type { Thumbnail } from './api.ts';
import { openBitmap } from './open-bitmap.ts';

/** What a thumbnail is made from. */
export interface ThumbnailRequest {
  /** The file's name, for the error. */
  readonly name: string;
  readonly file: Blob;
  /** The longer edge of the small picture at most. @unit pixels */
  readonly maxEdge: number;
}

const quality = 0.82;

/**
 * Decodes a picture and draws it no larger than `maxEdge`; of an animation it takes the first frame.
 *
 * @throws {StudioError} 'picture-invalid' when the browser cannot decode it
 */
export async function makeThumbnail({ name, file, maxEdge }: ThumbnailRequest): Promise<Thumbnail> {
  const picture = await openBitmap(name, file);
  try {
    const { width, height } = picture;
    const scale = Math.min(1, maxEdge / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    const context = canvas.getContext('2d');
    if (context === null) throw new StudioError('out-of-memory', `thumbnail of ${name}: no canvas is left; close other tabs and try again`);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    // Browsers that cannot write WebP write PNG instead, which is larger and just as right.
    return { blob: await canvas.convertToBlob({ type: 'image/webp', quality }), width, height };
  } finally {
    picture.close();
  }
}
