/** @file What a style from elsewhere is called while it comes, and its zip where that is what came. */

import type { AdapterSource } from '../../../../workers/adapters-api.ts';

/** Names a source for people, before it is known what lies in it. */
export function nameOfSource(source: AdapterSource): string {
  switch (source.kind) {
    case 'files':
      return source.name;
    case 'zip':
      return withoutEnding(source.name);
    case 'address':
      return withoutEnding(source.url.replace(/\/+$/u, '').split('/').at(-1) ?? '') || source.url;
    case 'hub':
      return source.id;
    default:
      return source satisfies never;
  }
}

function withoutEnding(name: string): string {
  return name.replace(/\.zip$/iu, '');
}

/** The bytes to keep, where a style came as a zip; anything else is packed first. */
export function zipOf(source: AdapterSource): Blob | undefined {
  return source.kind === 'zip' ? source.file : undefined;
}
