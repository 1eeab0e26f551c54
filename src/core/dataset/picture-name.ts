/** @file Which files of a data set are its pictures. */

import { endingOf } from './item.ts';

/** Endings of pictures that browsers and the command line decode. */
export const pictureEndings = ['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.avif', '.gif', '.bmp', '.tif', '.tiff'] as const;

/** Tells whether a path looks like a picture's; hidden files do not. Blanks behind the ending, which some systems let stand, change nothing. */
export function isPicturePath(path: string): boolean {
  return !isHiddenPath(path) && pictureEndings.some((ending) => endingOf(path).trimEnd() === ending);
}

/** Says why a hidden file is passed over, and what to do where it is meant. */
export function sayHidden(path: string): string {
  return path.split('/').includes('__MACOSX')
    ? 'lies among what macOS packs beside files, which is passed over; take it out of __MACOSX'
    : 'is a hidden file, which is passed over; name it without the point in front';
}

/** Tells whether a file or a folder that it lies in is hidden: by a point in front, or as what macOS packs beside files. */
export function isHiddenPath(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}
