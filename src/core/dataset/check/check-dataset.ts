/** @file Looks at all captions of a data set for what may be wrong with them. */

import { captionOf, type DatasetItem } from '../item.ts';
import { createCaptionChecker, defaultCheckLimits, type CheckLimits } from './check-caption.ts';
import type { CaptionFlag } from './flag.ts';
import { findSameCaptions } from './same-captions.ts';
import type { KnownObjects } from './unsupported.ts';

/** How a data set is checked. */
export interface DatasetCheckOptions {
  readonly limits?: CheckLimits;
  readonly countTokens?: (text: string) => number;
  readonly objects?: KnownObjects;
  /** Captions known to be right, by path; where absent, a picture's further captions are not taken for such. */
  readonly references?: ReadonlyMap<string, readonly string[]>;
  /** On so many pictures the same caption is flagged. */
  readonly minSame?: number;
}

/** Checks first captions; the map has only pictures with flags. */
export function checkDataset(
  items: readonly DatasetItem[],
  options: DatasetCheckOptions = {},
): ReadonlyMap<string, readonly CaptionFlag[]> {
  const { limits = defaultCheckLimits, references, minSame = 3, ...rest } = options;
  const check = createCaptionChecker();
  const flags = new Map<string, readonly CaptionFlag[]>();
  for (const item of items) {
    const found = check(captionOf(item), { tags: item.tags, references: references?.get(item.path) ?? [], limits, ...rest });
    if (found.length > 0) flags.set(item.path, found);
  }
  for (const { paths } of findSameCaptions(items, minSame)) {
    const flag: CaptionFlag = { name: 'same', message: `stands on ${String(paths.length)} pictures` };
    for (const path of paths) flags.set(path, [...(flags.get(path) ?? []), flag]);
  }
  return flags;
}
