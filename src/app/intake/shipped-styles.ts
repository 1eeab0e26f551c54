/** @file The styles that come with the studio. */

import type { AdapterSource } from '../../../workers/adapters-api.ts';
import { StudioError } from '../../core/error.ts';

/** A style that comes with the studio, as `adapters/index.json` tells of it. */
export interface ShippedStyle {
  /** Its folder below `adapters/`. */
  readonly folder: string;
  readonly name: string;
  readonly kind: string;
  /** @unit bytes */
  readonly sizeBytes: number;
  /** A caption in its style. */
  readonly sample: string;
}

const folder = (): string => new URL('adapters/', document.baseURI).href;

/** Reads which styles there are. @throws {StudioError} 'network' when the list cannot be fetched */
export async function listShippedStyles(): Promise<readonly ShippedStyle[]> {
  const response = await fetch(`${folder()}index.json`).catch((cause: unknown) => {
    throw new StudioError('network', 'the list of shipped styles could not be fetched from where the studio came from', { cause });
  });
  if (!response.ok) throw new StudioError('network', `the list of shipped styles: the host answered ${String(response.status)}`);
  return (await response.json()) as readonly ShippedStyle[];
}

/** Where the engine reads a shipped style. */
export function shippedSource(style: ShippedStyle): AdapterSource {
  return { kind: 'address', url: `${folder()}${style.folder}/` };
}
