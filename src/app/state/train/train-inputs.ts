/** @file What a run reads, opened for the engine's thread: pictures with their captions, and the style that it goes on from. */

import type { TrainingPicture } from '../../../../workers/train-api.ts';
import type { PictureFiles } from '../../../storage/picture-files.ts';
import type { StyleFile } from '../styles/style-record.ts';
import type { Styles } from '../styles/styles.svelte.ts';
import type { TrainItem } from './train-data.ts';

/** Where a run finds what it reads. */
export interface TrainPlaces {
  readonly styles: Styles;
  readonly files: Readonly<Record<TrainItem['drawer'], PictureFiles>>;
}

/** Pictures that are learned, and those that are kept apart. */
export interface TrainSplit<T> {
  readonly pictures: readonly T[];
  readonly validation: readonly T[];
}

/** Opens a picture of a run. @throws {StudioError} 'permission' or 'file-missing' */
export function openTrainPicture({ files }: Pick<TrainPlaces, 'files'>, { id, source, drawer }: TrainItem): Promise<File> {
  return files[drawer].read(source, id);
}

/** Opens all pictures of a run. @throws {StudioError} 'permission' or 'file-missing' */
export async function openTrainSplit(
  places: TrainPlaces,
  { pictures, validation }: TrainSplit<TrainItem>,
): Promise<TrainSplit<TrainingPicture>> {
  const open = async (item: TrainItem): Promise<TrainingPicture> => ({
    id: item.id,
    captions: item.captions,
    file: await openTrainPicture(places, item),
  });
  return { pictures: await Promise.all(pictures.map(open)), validation: await Promise.all(validation.map(open)) };
}

/** Lets the engine read the style that a run goes on from, which its caller borrows, and names it. @throws {StudioError} 'adapter-mismatch' */
export async function readTrainStart({ styles }: Pick<TrainPlaces, 'styles'>, style: StyleFile | undefined): Promise<string | null> {
  if (style === undefined) return null;
  await styles.read(style);
  return style.id;
}
