/** @file The catalogue of models that are known to work: data that comes with the page, which names addresses and fetches none. */

import { StudioError } from '../core/error.ts';

/** A model that can be had from the public hub. */
export interface CatalogueModel {
  readonly id: string;
  readonly what: string;
  readonly family: string;
  readonly licence: string;
  /** @unit bytes */
  readonly downloadBytes: number;
  /** What it takes on the disk, and about as much on a GPU, by precision. @unit bytes */
  readonly storedBytes: { readonly q8: number; readonly q4: number };
  /** What was tried of it. */
  readonly tested: string;
}

/** Reads the catalogue. @throws {StudioError} 'network' when it cannot be fetched from where the studio came from */
export async function fetchCatalogue(): Promise<readonly CatalogueModel[]> {
  const address = new URL('models/catalogue.json', document.baseURI).href;
  const response = await fetch(address).catch((cause: unknown) => {
    throw new StudioError('network', 'the catalogue cannot be fetched from where the studio came from', { cause });
  });
  if (!response.ok) throw new StudioError('network', `the catalogue: the host answered ${String(response.status)}`);
  const { models } = (await response.json()) as { readonly models: readonly CatalogueModel[] };
  return models;
}
