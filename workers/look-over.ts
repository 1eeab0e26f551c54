/** @file Looks captions and pictures over for the workspace: what may be wrong with a caption, and which pictures are the same. */

import { createCaptionChecker, defaultCheckLimits, type CaptionChecker } from '../src/core/dataset/check/check-caption.ts';
import { takeFingerprint } from '../src/core/image/fingerprint.ts';
import { findNearDuplicates } from '../src/core/image/near-duplicates.ts';
import { pictureFromRgba } from '../src/core/image/picture.ts';
import { StudioError } from '../src/core/error.ts';
import type { CaptionFlags, CaptionToCheck, LookedPicture } from './api.ts';
import { openBitmap } from './open-bitmap.ts';

/** A fingerprint has 9 x 8 places: more pixels than this only cost time. @unit pixels */
const edge = 64;

let checker: CaptionChecker | undefined;

/** Checks captions; only those with flags come back. */
export function checkCaptions(captions: readonly CaptionToCheck[]): Promise<readonly CaptionFlags[]> {
  checker ??= createCaptionChecker(); // it learns as it reads, so that the next ones go faster
  const check = checker;
  const found = captions.map(({ id, caption, tags, references }) => ({
    id,
    flags: check(caption, { tags, references, limits: defaultCheckLimits }),
  }));
  return Promise.resolve(found.filter(({ flags }) => flags.length > 0));
}

/**
 * Looks at a picture: its bytes' hash, and its look.
 *
 * @throws {StudioError} 'picture-invalid' when it cannot be decoded, 'file-missing'
 */
export async function lookAt({ id, name, file }: { id: string; name: string; file: Blob }): Promise<LookedPicture> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const bitmap = await openBitmap(name, file);
  try {
    const context = new OffscreenCanvas(edge, edge).getContext('2d', { willReadFrequently: true });
    if (context === null) throw new StudioError('out-of-memory', `${name}: no canvas is left; close other tabs and try again`);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, edge, edge);
    const picture = pictureFromRgba(edge, edge, context.getImageData(0, 0, edge, edge).data);
    return { id, sha256, fingerprint: takeFingerprint(picture) };
  } finally {
    bitmap.close();
  }
}

/** Groups pictures: those whose bytes are the same, and those that look alike. */
export function groupDuplicates(pictures: readonly LookedPicture[]): Promise<{
  readonly exact: readonly (readonly string[])[];
  readonly near: readonly (readonly string[])[];
}> {
  const byHash = new Map<string, string[]>();
  for (const { id, sha256 } of pictures) byHash.set(sha256, [...(byHash.get(sha256) ?? []), id]);
  const near = findNearDuplicates(pictures.map(({ id, fingerprint }) => ({ path: id, fingerprint })));
  const exact = [...byHash.values()].filter((ids) => ids.length > 1);
  return Promise.resolve({ exact, near });
}
