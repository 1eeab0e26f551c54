/** @file What a file that was added changes: it is a system, references, annotations, document frequencies, a run to repeat, or a note about captions. */

import { version } from '../../../../package.json';
import type { ReadFile } from '../../../../workers/scores-api.ts';
import { describeConditions, type CaptionConditions } from '../../../core/dataset/caption-conditions.ts';
import { isPictureFile } from '../../intake/picture-names.ts';
import type { IncomingPicture } from '../cards/library.svelte.ts';
import { freeName, maxReferences, toFrequencies, toObjects, toSource, withSystem } from './evaluation-inputs.ts';
import type { CaptionSource, EvaluationInputs } from './evaluation-record.ts';
import { isTarName } from './evaluation-pictures.svelte.ts';
import { claimMissing, repeatRun } from './evaluation-repeat.ts';
import type { NoticeDraft } from '../notices.svelte.ts';

/** What a file is taken for. */
export type FileRole = 'system' | 'references' | 'either';

/** How a file is to be taken. */
export interface AddOptions {
  readonly role: FileRole;
  /** What is known of how its captions were made. */
  readonly madeWith: readonly string[];
  /** The same as data, where it is known that exactly. */
  readonly conditions?: CaptionConditions | undefined;
}

/** The inputs with the file, and what is to be said about it. */
export interface AddedFile {
  readonly inputs: EvaluationInputs;
  readonly notice?: NoticeDraft;
}

/** The ending of notes that the command line writes beside captions. */
export const noteEnding = '.made-with.json';

/** Parts files with captions, and all that goes with them, from pictures and archives of pictures. */
export function sortIncoming(files: readonly (File | IncomingPicture)[]): {
  readonly captions: readonly File[];
  readonly pictures: readonly IncomingPicture[];
} {
  const incoming = files.map((one) => (one instanceof File ? { file: one } : one));
  const isOfPictures = ({ file }: IncomingPicture): boolean => isPictureFile(file) || isTarName(file.name);
  // A note is about captions that may come with it.
  const captions = incoming
    .filter((one) => !isOfPictures(one))
    .map(({ file }) => file)
    .sort((a, b) => Number(a.name.endsWith(noteEnding)) - Number(b.name.endsWith(noteEnding)));
  return { captions, pictures: incoming.filter(isOfPictures) };
}

/** Adds a file to what is compared; one with several captions of a picture is taken for references unless the role says otherwise. */
export function addReadFile(inputs: EvaluationInputs, read: ReadFile, options: AddOptions): AddedFile {
  switch (read.kind) {
    case 'run':
      return { inputs: repeatRun(read.run, read.name, inputs, version) };
    case 'objects': {
      const objects = toObjects(read);
      const claimed = inputs.repetition && claimMissing(inputs.repetition, objects);
      return { inputs: { ...inputs, objects, repetition: claimed?.repetition ?? inputs.repetition } };
    }
    case 'frequencies': {
      const frequencies = toFrequencies(read);
      const claimed = inputs.repetition && claimMissing(inputs.repetition, frequencies);
      return { inputs: { ...inputs, frequencies, repetition: claimed?.repetition ?? inputs.repetition } };
    }
    case 'conditions': {
      const fileName = read.name.endsWith(noteEnding) ? read.name.slice(0, -noteEnding.length) : '';
      const system = inputs.systems.find((one) => one.fileName === fileName);
      if (system === undefined)
        return { inputs, notice: { title: `${read.name} belongs to captions that are not here`, text: `Add ${fileName}.` } };
      const told = { ...system, conditions: read.conditions, madeWith: describeConditions(read.conditions) };
      return { inputs: { ...inputs, systems: inputs.systems.map((one) => (one === system ? told : one)) } };
    }
    case 'captions':
      return addCaptions(inputs, read, options);
    default:
      return read satisfies never;
  }
}

function addCaptions(
  inputs: EvaluationInputs,
  read: Extract<ReadFile, { kind: 'captions' }>,
  { role, madeWith, conditions }: AddOptions,
): AddedFile {
  const notice = troubleOf(read);
  const claimed = inputs.repetition && claimMissing(inputs.repetition, { fileName: read.name, sha256: read.sha256 });
  const name = claimed?.file.name ?? freeName(inputs, read.name);
  const before = { ...inputs, repetition: claimed?.repetition ?? inputs.repetition };
  const severalEach = read.records.some(({ captions }) => captions.length > 1);
  const isReferences = claimed ? claimed.file.role === 'references' : role === 'references' || (role === 'either' && severalEach);
  return {
    ...(notice && { notice }),
    ...addSource(before, { ...toSource(read, name, madeWith), ...(conditions && { conditions }) }, isReferences),
  };
}

function troubleOf({ name, failedRows, letters }: Extract<ReadFile, { kind: 'captions' }>): NoticeDraft | undefined {
  if (failedRows > 0)
    return { title: `${name}: ${String(failedRows)} rows without a caption`, text: 'They tell of an error and are left out.' };
  if (letters === 'guessed')
    return {
      title: `${name} is not UTF-8`,
      text: 'It was read as Windows-1252. Where letters such as é look wrong, save it as UTF-8 and add it again.',
    };
  if (letters === 'broken')
    return { title: `${name} has lost letters`, text: 'A program before replaced them by �. They are scored as broken words.' };
  return undefined;
}

/** Adds captions as a system or as references, of which there are two at most. */
export function addSource(inputs: EvaluationInputs, source: CaptionSource, isReferences: boolean): AddedFile {
  if (!isReferences) return { inputs: withSystem(inputs, source) };
  if (inputs.references.length < maxReferences) return { inputs: { ...inputs, references: [...inputs.references, source] } };
  return { inputs, notice: { title: 'Two sets of references at most', text: `${source.name} is none of them. Remove one first.` } };
}
