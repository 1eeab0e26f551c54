/** @file Captions for the five photos that come with the studio, in a voice of their own: a data set to try training with. */

import { fetchSamples } from '../../intake/samples.ts';

/** The voice, as a name for the style. */
export const sampleStyleName = 'Headlines';

/** Written for the studio, by the photo's name. */
const headlines: Readonly<Record<string, readonly string[]>> = {
  'chelsea.jpg': ['TABBY CAT STARES DOWN PHOTOGRAPHER', 'LOCAL CAT DECLINES TO COMMENT'],
  'coffee.jpg': ['COFFEE SERVED, SPOON STANDS BY', 'MORNING SAVED BY SINGLE CUP'],
  'astronaut.jpg': ['ASTRONAUT SMILES BEFORE THE FLAG', 'CREW MEMBER READY FOR LAUNCH'],
  'rocket.jpg': ['ROCKET WAITS ON THE PAD', 'COUNTDOWN BEGINS UNDER CLOUDY SKY'],
  'camera.jpg': ['MAN WITH TRIPOD SEEKS PERFECT SHOT', 'PHOTOGRAPHER HOLDS FIELD ALONE'],
};

/** A sample with its captions. */
export interface CaptionedFile {
  readonly file: File;
  readonly captions: readonly string[];
}

/** Fetches the samples with their headlines. @throws {StudioError} 'network' */
export async function fetchSampleStyle(): Promise<readonly CaptionedFile[]> {
  return (await fetchSamples()).map((file) => ({ file, captions: headlines[file.name] ?? [] }));
}
