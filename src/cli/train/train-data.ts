/** @file Finds what `train` learns from: pictures, their captions, and those that are kept for validation. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseCaptionFile } from '../../core/dataset/caption-file.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import { createNameMatcher } from '../../core/dataset/match-names.ts';
import { StudioError } from '../../core/error.ts';
import { makeRandom } from '../../core/tensor/random.ts';
import type { TrainPicture } from '../../engine/train/request.ts';
import { decodePicture } from '../decode-picture.ts';
import { findPictures, type PictureInput } from '../caption/picture-inputs.ts';
import { isSystemError, systemError } from '../system-error.ts';

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
}

/**
 * Finds pictures and captions and parts them.
 *
 * @throws {StudioError} 'argument-invalid' when no picture has a caption
 */
export async function findData(flags: DataFlags): Promise<FoundData> {
  const inputs = await findPictures(flags.images);
  const captionsOf = flags.captions === undefined ? sidecarCaptions : matchedCaptions(await readRecords(flags.captions));
  const uncaptioned: string[] = [];
  const all: TrainPicture[] = [];
  const share = Number(flags.valid);
  const validOf = Number.isNaN(share) ? matchedCaptions(await readRecords(flags.valid)) : () => Promise.resolve([]);
  const validation: TrainPicture[] = [];
  for (const input of inputs) {
    const kept = await validOf(input);
    if (kept.length > 0) {
      validation.push(toPicture(input, kept));
      continue;
    }
    const captions = await captionsOf(input);
    if (captions.length > 0) all.push(toPicture(input, captions));
    else uncaptioned.push(input.file);
  }
  if (all.length === 0)
    throw new StudioError(
      'argument-invalid',
      `${flags.images.join(', ')}: no picture here has a caption${flags.captions === undefined ? ' beside it; name a file with --captions' : ` in ${flags.captions}`}`,
    );
  const parted = Number.isNaN(share) ? { pictures: all, validation } : part(all, share, flags.seed);
  return { ...parted, pictures: flags.limit === undefined ? parted.pictures : parted.pictures.slice(0, flags.limit), uncaptioned };
}

/** Keeps a share of the pictures apart, drawn by the seed. */
function part(all: readonly TrainPicture[], share: number, seed: number): Pick<FoundData, 'pictures' | 'validation'> {
  if (!(share >= 0 && share < 1)) throw new StudioError('argument-invalid', '--valid: a share from 0 to below 1, or a file of captions');
  const random = makeRandom(seed, 2);
  const drawn = all.map((picture) => ({ picture, place: random.nextUniform() })).sort((a, b) => a.place - b.place);
  const count = Math.round(share * all.length);
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
    return parseCaptionFile(path, await readFile(path, 'utf8')).records;
  } catch (cause) {
    throw cause instanceof StudioError ? cause : systemError(cause, path);
  }
}

function matchedCaptions(records: readonly CaptionRecord[]): (input: PictureInput) => Promise<readonly string[]> {
  const find = createNameMatcher(records);
  return (input) => Promise.resolve(find(input)?.captions.filter((caption) => caption.trim() !== '') ?? []);
}

/** A text file of the picture's name holds its captions, one a line. */
async function sidecarCaptions({ path }: PictureInput): Promise<readonly string[]> {
  if (path === null) return [];
  const sidecar = path.replace(/\.[^./\\]+$/u, '.txt');
  try {
    return (await readFile(sidecar, 'utf8'))
      .split(/\r?\n/u)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'ENOENT') return [];
    throw systemError(cause, sidecar);
  }
}
