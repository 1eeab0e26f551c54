/** @file What to tell a person about an error: what happened, what it means, what to do; chosen by the code, never by the text. */

import type { StudioErrorCode } from '../../core/error.ts';
import { codeOf } from './plain-error.ts';

/** An error in words for the screen. */
export interface Explanation {
  /** What happened. */
  readonly title: string;
  /** What it means and what to do. */
  readonly advice: string;
}

const explanations: Readonly<Record<StudioErrorCode, Explanation>> = {
  'adapter-mismatch': {
    title: 'This style was made for another model',
    advice: 'Choose the model that it was trained on, or another style.',
  },
  'argument-invalid': { title: 'This does not work as it is set', advice: 'The reason is named below. Change that, then try again.' },
  cancelled: { title: 'Stopped', advice: 'Nothing is lost: go on when you like.' },
  'device-lost': {
    title: 'The GPU went away',
    advice: 'The system took it back, often after sleep or a driver update. Open the model again to go on.',
  },
  'file-invalid': {
    title: 'A file cannot be used',
    advice: 'It is not what it has to be here, or damaged. Fetch it again, or choose another.',
  },
  'file-missing': {
    title: 'A file is missing',
    advice: 'It was moved, renamed or deleted, or was never there. Put it back, or add it again.',
  },
  integrity: {
    title: 'A download arrived damaged',
    advice: 'Its bytes differ from what was published. Try again; on a second failure the source is at fault.',
  },
  internal: {
    title: 'Something in the studio went wrong',
    advice: 'Your pictures and captions are kept. Try again; reload the page when it stays.',
  },
  'loss-diverged': {
    title: 'Training went astray',
    advice: 'Train again with a lower learning rate, a longer warm-up, or clipped gradients. What was learned before can be kept.',
  },
  'model-unknown': { title: 'No reader for this model', advice: 'Its architecture is not one that the studio knows.' },
  network: { title: 'A download failed', advice: 'Look at the connection, then try again.' },
  'op-unsupported': { title: 'This model needs an operation that is missing', advice: 'Choose another model.' },
  'out-of-memory': { title: 'There is not enough memory', advice: 'Close other tabs, choose a smaller model, or compute with wasm.' },
  permission: {
    title: 'The browser has to allow it first',
    advice: 'After a reload it asks again before this page may open your files. Allow it, and what was asked for goes on.',
  },
  'picture-invalid': {
    title: 'Not a picture that can be read',
    advice: 'JPEG, PNG, WebP, AVIF, GIF and BMP work. Save it in one of them and add it again.',
  },
  'prompt-invalid': { title: 'The prompt does not fit', advice: 'It has to leave room for the picture and the caption. Make it shorter.' },
  'shape-mismatch': { title: 'The model’s parts do not go together', advice: 'The bundle is broken. Fetch it again, or convert it again.' },
  'source-changed': {
    title: 'The source has changed',
    advice: 'What was loaded so far belongs to its earlier files. Load it from the start.',
  },
  'storage-damaged': {
    title: 'What was kept here could not be read',
    advice:
      'The browser’s database is damaged, the disk is full, or a newer version of the studio wrote it. Nothing of it was deleted: free disk space or restart the browser, then reload.',
  },
  'storage-full': {
    title: 'The browser’s space for this page is spent',
    advice: 'Delete pictures here or free disk space. Captions that are on screen can still be saved as a file.',
  },
  'webgpu-missing': {
    title: 'No WebGPU here',
    advice: 'Compute with wasm instead: it runs on the processor and gives the same captions, slower.',
  },
};

/** Tells an error in words. */
export function explainError(error: unknown): Explanation & { readonly code: StudioErrorCode; readonly detail: string } {
  const code = codeOf(error);
  return { ...explanations[code], code, detail: error instanceof Error ? error.message : String(error) };
}

/** The words for a code that came as plain data. */
export function explainCode(code: StudioErrorCode): Explanation {
  return explanations[code];
}
