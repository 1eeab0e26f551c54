/** @file Finds what `train` learns from: pictures, their captions, and those that are kept for validation. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseCaptionFile } from '../../core/dataset/caption-file.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import { createNameMatcher } from '../../core/dataset/match-names.ts';
import { decodeText } from '../../core/dataset/read/decode-text.ts';
import { readSidecars, sidecarEndings, sidecarPlaces } from '../../core/dataset/read/sidecar.ts';
import { StudioError } from '../../core/error.ts';
import { makeRandom } from '../../core/tensor/random.ts';
import type { TrainPicture } from '../../engine/train/request.ts';
import { decodePicture } from '../decode-picture.ts';
import { findPictures, type PictureInput } from '../caption/picture-inputs.ts';
import { systemError } from '../system-error.ts';

/** Where data is, as it was typed. */
export interface DataFlags {
  readonly images: readonly string[];
  /** A file of captions; sidecars beside the pictures without it. */
  readonly captions?: string;
  /** A share of the pictures, or a file of captions of pictures that are kept for validation. */
  readonly valid: string;
  readonly seed: number;
  /** Learn from at most so many pictures. */
  readonly limit?: number;
}

/** What was found. */
export interface FoundData {
  readonly pictures: readonly TrainPicture[];
  readonly validation: readonly TrainPicture[];
  /** Pictures that have no caption, left out. */
  readonly uncaptioned: readonly string[];
  /** Files of captions that name pictures which are not there. */
  readonly strangers: readonly Strangers[];
}

/** Names in a file of captions that no picture has. */
export interface Strangers {
  readonly file: string;
  readonly names: readonly string[];
}

/**
 * Finds pictures and captions and parts them.
 *
 * @throws {StudioError} 'argument-invalid' when no picture has a caption, or the file of `--valid` names none of the pictures
 */
export async function findData(flags: DataFlags): Promise<FoundData> {
  const inputs = await findPictures(flags.images);
  const given = flags.captions === undefined ? null : await openCaptions(flags.captions);
  const share = Number(flags.valid);
  const kept = Number.isNaN(share) ? await openCaptions(flags.valid) : null;
  const [all, validation]: [TrainPicture[], TrainPicture[]] = [[], []];
  const uncaptioned: string[] = [];
  for (const input of inputs) {
    const captions = given ? given.captionsOf(input) : await sidecarCaptions(input);
    const looked = kept?.captionsOf(input) ?? [];
    if (looked.length > 0) validation.push(toPicture(input, looked));
    else if (captions.length > 0) all.push(toPicture(input, captions));
    else uncaptioned.push(input.file);
  }
  if (kept && validation.length === 0)
    throw new StudioError(
      'argument-invalid',
      `${flags.valid}: no picture in ${flags.images.join(', ')} has the name of one that is kept for validation here; add the folder of those pictures to --images`,
    );
  if (all.length === 0)
    throw new StudioError(
      'argument-invalid',
      `${flags.images.join(', ')}: no picture here has a caption${flags.captions === undefined ? ' beside it; name a file with --captions' : ` in ${flags.captions}`}`,
    );
  const parted = Number.isNaN(share) ? { pictures: all, validation } : part(all, share, flags.seed);
  const pictures = flags.limit === undefined ? parted.pictures : parted.pictures.slice(0, flags.limit);
  const strangers = [kept, given].flatMap((file) => file?.strangers() ?? []);
  return { ...parted, pictures, uncaptioned, strangers };
}

/** Keeps a share of the pictures apart, drawn by the seed. */
function part(all: readonly TrainPicture[], share: number, seed: number): Pick<FoundData, 'pictures' | 'validation'> {
  if (!(share >= 0 && share < 1)) throw new StudioError('argument-invalid', '--valid: a share from 0 to below 1, or a file of captions');
  const random = makeRandom(seed, 2);
  const drawn = all.map((picture) => ({ picture, place: random.nextUniform() })).sort((a, b) => a.place - b.place);
  const count = Math.min(Math.round(share * all.length), all.length - 1); // something must be left to learn from
  const kept = new Set(drawn.slice(0, count).map(({ picture }) => picture));
  return { pictures: all.filter((picture) => !kept.has(picture)), validation: drawn.slice(0, count).map(({ picture }) => picture) };
}

function toPicture(input: PictureInput, captions: readonly string[]): TrainPicture {
  return {
    id: input.file,
    captions,
    contentHash: async () =>
      createHash('sha256')
        .update(await input.read())
        .digest('hex'),
    load: async () => decodePicture(input.file, await input.read()),
  };
}

async function readRecords(path: string): Promise<readonly CaptionRecord[]> {
  try {
    return parseCaptionFile(path, decodeText(await readFile(path))).records;
  } catch (cause) {
    throw cause instanceof StudioError ? cause : systemError(cause, path);
  }
}

/** Captions by the names of pictures. */
interface NamedCaptions {
  captionsOf(input: PictureInput): readonly string[];
  /** What was asked for by no picture so far. */
  strangers(): readonly Strangers[];
}

async function openCaptions(path: string): Promise<NamedCaptions> {
  const records = await readRecords(path);
  const find = createNameMatcher(records);
  const found = new Set<CaptionRecord>();
  return {
    captionsOf: (input) => {
      const record = find(input);
      if (record) found.add(record);
      return record?.captions.filter((caption) => caption.trim() !== '') ?? [];
    },
    strangers: () => {
      const names = records.filter((record) => !found.has(record)).map(({ file }) => file);
      return names.length === 0 ? [] : [{ file: path, names }];
    },
  };
}

/** Text files of the picture's name hold its captions, one a line. */
async function sidecarCaptions({ file, readBeside }: PictureInput): Promise<readonly string[]> {
  const texts: Record<string, string> = {};
  for (const ending of sidecarEndings) {
    for (const place of sidecarPlaces(basename(file), ending).slice(0, 2)) {
      const bytes = await readBeside(place);
      if (!bytes) continue;
      texts[ending] = decodeText(bytes);
      break;
    }
  }
  return readSidecars(file, texts, { perLine: true }).captions.map((caption) => caption.trim());
}
