/** @file Bytes of text files, whatever program wrote them. */

/** A text has no more units than this in V8, and a file of that many bytes may need them all. */
export const mostTextBytes = 2 ** 29 - 24;

/** A text with how sure its letters are. */
export interface DecodedText {
  readonly text: string;
  /** Nothing told how the file was written, so that letters beyond ASCII may be others. */
  readonly isGuessed: boolean;
}

/** Decodes UTF-8, UTF-16 with a byte order mark, and what else there is as Windows-1252; the mark itself is left out. */
export function decodeText(bytes: Uint8Array): string {
  return decodeTextFile(bytes).text;
}

/** Decodes as `decodeText` does, and tells whether the encoding was guessed. */
export function decodeTextFile(bytes: Uint8Array): DecodedText {
  const encoding = encodingOfMark(bytes) ?? 'utf-8';
  try {
    return { text: new TextDecoder(encoding, { fatal: encoding === 'utf-8' }).decode(bytes), isGuessed: false };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), isGuessed: true };
  }
}

function encodingOfMark([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}
