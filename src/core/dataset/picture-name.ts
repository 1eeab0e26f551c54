/** @file Which files of a data set are its pictures. */

import { endingOf } from './item.ts';

/** Endings of pictures that browsers and the command line decode. */
export const pictureEndings = ['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.avif', '.gif', '.bmp', '.tif', '.tiff'] as const;

/** Tells whether a path looks like a picture's; hidden files and what macOS packs beside them do not. */
export function isPicturePath(path: string): boolean {
  const isHidden = path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
  return !isHidden && pictureEndings.some((ending) => endingOf(path) === ending);
}
