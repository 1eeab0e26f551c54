/** @file Ways out of the page: the clipboard and a saved file. */

import { StudioError } from '../../core/error.ts';

/** Puts text on the clipboard. @throws {StudioError} 'permission' when the browser refuses */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (cause) {
    throw new StudioError('permission', 'The browser did not let this page write to the clipboard; click into the page and try again', {
      cause,
    });
  }
}

/** Saves text as a file in the user's downloads. */
export function saveText(name: string, text: string, type: string): void {
  saveBlob(name, new Blob([text], { type }));
}

/** Saves a file in the user's downloads. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
