/** @file The five photos that come with the studio. */

import { StudioError } from '../../core/error.ts';

/** A photo to try. */
export interface Sample {
  readonly file: string;
  readonly name: string;
  /** What a reader who cannot see it is told. */
  readonly about: string;
}

/** Public domain and CC0; public/samples/CREDITS.md names the photographers. */
export const samples: readonly Sample[] = [
  { file: 'skimage_chelsea.jpg', name: 'chelsea.jpg', about: 'a tabby cat, close' },
  { file: 'skimage_coffee.jpg', name: 'coffee.jpg', about: 'a cup of coffee with a spoon' },
  { file: 'skimage_astronaut.jpg', name: 'astronaut.jpg', about: 'an astronaut in front of a flag' },
  { file: 'skimage_rocket.jpg', name: 'rocket.jpg', about: 'a rocket on its launch pad' },
  { file: 'skimage_camera.jpg', name: 'camera.jpg', about: 'a man with a camera on a tripod' },
];

/** The address of a sample, under whatever path the studio is served. */
export function sampleUrl(sample: Sample): string {
  return new URL(`samples/${sample.file}`, document.baseURI).href;
}

/** Fetches the samples as files. @throws {StudioError} 'network' when one is not there */
export function fetchSamples(): Promise<File[]> {
  return Promise.all(
    samples.map(async (sample) => {
      const response = await fetch(sampleUrl(sample)).catch((cause: unknown) => {
        throw new StudioError('network', `${sample.name} could not be fetched from where the studio came from`, { cause });
      });
      if (!response.ok) throw new StudioError('network', `${sample.name}: the host answered ${String(response.status)}`);
      return new File([await response.blob()], sample.name, { type: 'image/jpeg' });
    }),
  );
}
