/** @file How large files may be in the page: what is compared is copied between its threads and kept by the browser, and a page that copies for seconds does not answer. */

import type { CaptionRecord } from '../src/core/dataset/caption-record.ts';
import { mostTextBytes } from '../src/core/dataset/read/decode-text.ts';
import { StudioError } from '../src/core/error.ts';

/** Above COCO’s largest set for evaluation, 40,504 pictures with five captions each. */
const mostPictures = 50_000;
const mostCaptions = 300_000;

/** Some fifteen thousand words, far above what any model writes at once. @unit UTF-16 code units */
const mostCharacters = 100_000;

/** Refuses a file that no text can hold, before it is read. @throws {StudioError} 'argument-invalid' */
export function checkFileBytes(name: string, bytes: number): void {
  if (bytes <= mostTextBytes) return;
  const megabytes = (count: number): string => Math.floor(count / 1e6).toLocaleString('en');
  throw tooLarge(name, `has ${megabytes(bytes)} MB, and ${megabytes(mostTextBytes)} MB are the most that can be read; split it`);
}

/** Refuses captions that would make the page stand still. @throws {StudioError} 'argument-invalid' */
export function checkCaptions(name: string, records: readonly CaptionRecord[]): void {
  const captions = records.reduce((sum, record) => sum + record.captions.length, 0);
  const book = records.find((record) => record.captions.some(({ length }) => length > mostCharacters));
  if (book !== undefined) {
    const longest = book.captions.reduce((most, { length }) => Math.max(most, length), 0);
    const place = `${longest.toLocaleString('en')} characters, of ${book.file.slice(0, 100)}`;
    throw tooLarge(
      name,
      `has a caption of ${place}; ${mostCharacters.toLocaleString('en')} are the most. Shorten it, or look whether the file holds captions at all`,
    );
  }
  if (records.length <= mostPictures && captions <= mostCaptions) return;
  const count = (what: number): string => what.toLocaleString('en');
  throw tooLarge(
    name,
    `has ${count(captions)} captions of ${count(records.length)} pictures; the page compares ${count(mostPictures)} pictures and ${count(mostCaptions)} captions a file at most. Take a part of it, or score it in a terminal: caption-studio evaluate --hypotheses FILE --references FILE`,
  );
}

function tooLarge(name: string, reason: string): StudioError {
  return new StudioError('argument-invalid', `${name}: ${reason}`, { details: { file: name } });
}
