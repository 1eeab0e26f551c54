/** @file The browser's pickers for files and folders: those that give handles where there are any, a form field otherwise. */

import { readFiles, readHandles, type Intake, type OnFound } from './drop.ts';
import { pickFiles } from './pick-files.ts';
import { pictureAccept } from './picture-names.ts';

/** Lets the user choose pictures; undefined when nothing was chosen. */
export async function pickPictures(): Promise<Intake | undefined> {
  if (window.showOpenFilePicker === undefined) return pickByField({ isFolder: false });
  const types = [{ description: 'Pictures', accept: { ...pictureAccept } }];
  const handles = await orUndefined(window.showOpenFilePicker({ multiple: true, types }));
  return handles === undefined ? undefined : readHandles(handles);
}

const datasetEndings = ['.zip', '.tar', '.json', '.jsonl', '.csv', '.tsv', '.txt', '.caption', '.html'];

/** Lets the user choose archives of pictures and files of captions; undefined when nothing was chosen. */
export async function pickDataset(): Promise<Intake | undefined> {
  if (window.showOpenFilePicker === undefined) {
    const files = await pickFiles(datasetEndings.join(','));
    return files.length === 0 ? undefined : readFiles(files);
  }
  const types = [{ description: 'Archives and captions', accept: { 'application/octet-stream': datasetEndings } }];
  const handles = await orUndefined(window.showOpenFilePicker({ multiple: true, types }));
  return handles === undefined ? undefined : readHandles(handles);
}

/** Lets the user choose a folder and takes all pictures in it, however deep; undefined when none was chosen. */
export async function pickFolder(onFound?: OnFound): Promise<Intake | undefined> {
  if (window.showDirectoryPicker === undefined) return pickByField({ isFolder: true });
  const folder = await orUndefined(window.showDirectoryPicker({ mode: 'read' }));
  return folder === undefined ? undefined : readHandles([folder], onFound);
}

function pickByField({ isFolder }: { isFolder: boolean }): Promise<Intake | undefined> {
  const field = document.createElement('input');
  field.type = 'file';
  field.multiple = true;
  field.accept = 'image/*';
  field.webkitdirectory = isFolder;
  return new Promise((resolve) => {
    field.addEventListener('change', () => resolve(readFiles(field.files ?? [])));
    field.addEventListener('cancel', () => resolve(undefined));
    field.click();
  });
}

/** A closed picker is an answer, not an error. */
async function orUndefined<T>(choice: Promise<T>): Promise<T | undefined> {
  try {
    return await choice;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
