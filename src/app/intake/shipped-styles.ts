/** @file The styles that come with the studio. */

import type { AdapterSource } from '../../../workers/adapters-api.ts';
import { StudioError } from '../../core/error.ts';

/** A style that comes with the studio, as `adapters/index.json` tells of it. */
export interface ShippedStyle {
  /** Its folder below `adapters/`. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly facts: string;
  /** The folder's files. */
  readonly files: readonly string[];
  /** Of its numbers, as in `AdapterSummary`; what is fetched is a little more. @unit bytes */
  readonly sizeBytes: number;
  readonly base: { readonly name: string };
  readonly scores: readonly { readonly metric: string; readonly value: number }[];
  /** A caption in its style. */
  readonly sample: string;
}

const folder = (): string => new URL('adapters/', document.baseURI).href;

/** Reads which styles there are. @throws {StudioError} 'network' when the list cannot be fetched */
export async function listShippedStyles(): Promise<readonly ShippedStyle[]> {
  const list = await fetchFile(`${folder()}index.json`, 'the list of shipped styles');
  return JSON.parse(await list.text()) as readonly ShippedStyle[];
}

/** Fetches a shipped style. @throws {StudioError} 'network' */
export async function fetchShippedStyle({ name, title, files }: ShippedStyle): Promise<AdapterSource> {
  const fetched = files.map(async (path) => ({ path, file: await fetchFile(`${folder()}${name}/${path}`, path) }));
  return { kind: 'files', name: title, files: await Promise.all(fetched) };
}

async function fetchFile(url: string, name: string): Promise<Blob> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new StudioError('network', `${name} could not be fetched from where the studio came from`, { cause });
  });
  if (!response.ok) throw new StudioError('network', `${name}: the host answered ${String(response.status)}`);
  return response.blob();
}
