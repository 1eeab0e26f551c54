/** @file Data sets that are brought to the Train room: their pictures are kept apart from the gallery's. */

import { StudioError } from '../../../core/error.ts';
import type { Intake } from '../../intake/drop.ts';
import { Importing, type ImportingParts } from '../dataset/importing.svelte.ts';
import type { DatasetPicture } from '../cards/library.svelte.ts';
import { fetchSampleStyle, sampleStyleName } from './train-samples.ts';
import type { TrainItem } from './train-data.ts';
import type { TrainSetup } from './train-setup.svelte.ts';

/** What taking in stands on. */
export interface TrainIntakeParts extends Omit<ImportingParts, 'cards'> {
  readonly setup: TrainSetup;
}

/** Takes pictures with captions. */
export class TrainIntake {
  readonly importing: Importing;
  /** Pictures of the last data set that had no caption. */
  mute = $state(0);
  readonly #parts: TrainIntakeParts;

  constructor(parts: TrainIntakeParts) {
    this.#parts = parts;
    this.importing = new Importing({ ...parts, cards: () => [] });
  }

  /** Takes what was dropped or picked. @throws {StudioError} 'file-invalid', also when no picture in it has a caption; 'cancelled' */
  async take(intake: Intake): Promise<void> {
    const { pictures } = await this.importing.read(intake);
    const captioned = pictures.filter((picture) => captionsOf(picture).length > 0);
    this.mute = pictures.length - captioned.length;
    if (captioned.length === 0) {
      throw new StudioError(
        'file-invalid',
        pictures.length === 0
          ? 'there are no pictures in what was dropped; drop them together with their captions'
          : 'none of these pictures has a caption; put text files of the same names beside them, or drop a captions file with them',
      );
    }
    const items: TrainItem[] = [];
    for (const picture of captioned) items.push(await this.#keep(picture));
    const [first] = intake.others.length > 0 ? intake.others : intake.pictures;
    this.#parts.setup.takeOwn(first === undefined ? 'Dropped' : nameOf(first.path ?? first.file.name), items);
  }

  /** Takes the five samples with captions in a voice of their own; a name that was typed while they were fetched stays. */
  async takeSamples(): Promise<void> {
    const { files, setup } = this.#parts;
    const nameBefore = setup.name;
    const items: TrainItem[] = [];
    for (const { file, captions } of await fetchSampleStyle()) {
      items.push({ id: file.name, captions, source: await files.keep(`sample-${file.name}`, file), drawer: 'own' });
    }
    this.mute = 0;
    setup.takeOwn('Five samples with headlines', items);
    if (setup.name === nameBefore) setup.name = sampleStyleName;
  }

  async #keep(picture: DatasetPicture): Promise<TrainItem> {
    const { origin, path } = picture;
    const source = 'file' in origin ? await this.#parts.files.keep(crypto.randomUUID(), origin.file, origin.handle) : origin;
    return { id: path, captions: captionsOf(picture), source, drawer: 'own' };
  }
}

function captionsOf({ known }: DatasetPicture): readonly string[] {
  return (known?.captions ?? []).map(({ text }) => text).filter((text) => text.trim() !== '');
}

/** The folder that was dropped, or the file. */
function nameOf(path: string): string {
  const [first = path] = path.split('/');
  return first;
}
