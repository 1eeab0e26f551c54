/** @file Which files are worth trying as pictures. */

/** Endings of the formats that the studio promises. */
export const pictureEndings: readonly string[] = ['jpg', 'jpeg', 'jfif', 'png', 'webp', 'avif', 'gif', 'bmp'];

/** What a file picker is to offer. */
export const pictureAccept: Readonly<Record<string, string[]>> = { 'image/*': pictureEndings.map((ending) => `.${ending}`) };

/** Whether a file that was found in a folder is taken: by its ending, since folders hold anything. */
export function hasPictureName(name: string): boolean {
  const ending = /\.([^.]+)$/.exec(name)?.[1] ?? '';
  return pictureEndings.includes(ending.toLowerCase());
}

/**
 * Whether a file that was chosen itself is taken: anything that calls itself a picture, so that one which
 * cannot be decoded fails by name on its own card instead of vanishing.
 */
export function isPictureFile(file: Blob & { readonly name: string }): boolean {
  return file.type.startsWith('image/') || hasPictureName(file.name);
}
