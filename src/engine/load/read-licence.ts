/** @file What a model's card says of its licence. */

import type { FileSet } from '../../core/codec/byte-source.ts';

/** Cards are texts; of a larger file the beginning does. @unit bytes */
const readBytes = 256 * 2 ** 10;

/** What is said where nothing is known. */
export const unknownLicence = 'not stated by the checkpoint; see where it came from';

/** Finds the licence in a checkpoint's README: its header's field, or its sentence. */
export async function readLicence(files: FileSet): Promise<string> {
  const file = await files.open('README.md');
  const card = file ? new TextDecoder().decode(await file.slice(0, Math.min(file.byteLength, readBytes))) : '';
  const field = /^licen[cs]e:[ \t]*(\S.*)$/m.exec(card)?.[1];
  const section = /\*\*[^*]*licence[^*]*\*\*\s*([\s\S]*?)(?:\n\n|$)/i.exec(card)?.[1];
  return field?.trim() ?? section?.replaceAll(/\s+/g, ' ').trim() ?? unknownLicence;
}
