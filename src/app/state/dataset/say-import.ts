/** @file What came of an import, in words. */

import type { ReadProblem, ReadSource } from '../../../core/dataset/read/sayings.ts';
import type { ImportOutcome } from './importing.svelte.ts';
import { sayCount } from '../words.ts';

/** Says in a line or two what was added and what was left out. */
export function sayImport({ pictures, reading }: ImportOutcome, changed: number): { readonly title: string; readonly text: string } {
  const captioned = pictures.filter(({ known }) => (known?.captions.length ?? 0) > 0).length;
  const title = pictures.length > 0 ? `${sayCount(pictures.length, 'picture')} added` : `Captions read for ${sayCount(changed, 'picture')}`;
  const parts = [
    captioned > 0 ? `${captioned === pictures.length ? 'All' : captioned.toLocaleString('en')} had captions.` : '',
    pictures.length > 0 && changed > 0 ? `${sayCount(changed, 'picture')} that were here got captions.` : '',
    sayLeftOut(reading.problems),
  ];
  return { title, text: parts.filter(Boolean).join(' ') };
}

function sayLeftOut(problems: readonly ReadProblem[]): string {
  if (problems.length === 0) return '';
  const named = [...new Set(problems.map(({ path }) => path))];
  const some = named.slice(0, 3).join(', ');
  return named.length > 3 ? `${some} and ${String(named.length - 3)} others left out.` : `${some} left out.`;
}

const kinds: Readonly<Record<ReadProblem['kind'], string>> = {
  unreadable: 'Could not be read',
  'no-picture': 'Captions without a picture',
  'left-over': 'Left out',
};

/** The heading under which a problem is listed. */
export function sayProblemKind(kind: ReadProblem['kind']): string {
  return kinds[kind];
}

/** Says what a file or a kind of files told. */
export function saySource({ name, format, pictures }: ReadSource): string {
  const what = format === 'sidecar' ? `${name} beside the pictures` : `${name} (${format})`;
  return `${what}: ${sayCount(pictures, 'picture')}`;
}
