/** @file One card that two tabs changed at the same time: what only one changed is taken from it, and no caption is lost. */

import { isSameVersion, maxVersions, type CaptionVersion } from '../../../core/dataset/edit/versions.ts';
import type { CardRecord } from './card-record.ts';

/** The three sides of a merge. */
export interface CardSides {
  /** What both began with. */
  readonly base: CardRecord;
  readonly mine: CardRecord;
  readonly theirs: CardRecord;
}

/** A merged card. */
export interface MergedCard {
  readonly record: CardRecord;
  /** Whether both wrote a caption; then mine counts and theirs is among the versions. */
  readonly isContested: boolean;
}

/** Merges what two tabs made of one card. */
export function mergeCards({ base, mine, theirs }: CardSides): MergedCard {
  const isMine = !isSame(captionSide(mine), captionSide(base));
  const isTheirs = !isSame(captionSide(theirs), captionSide(base));
  const winner = isMine ? mine : theirs;
  const tags = isSame(tagsOf(mine), tagsOf(base)) ? tagsOf(theirs) : tagsOf(mine);
  const isContested = isMine && isTheirs && theirs.text !== '' && theirs.text !== mine.text;
  const { dataset } = winner;
  return {
    isContested,
    record: {
      ...winner,
      source: mine.source ?? theirs.source,
      size: mine.size ?? theirs.size,
      ...(dataset && {
        dataset: {
          ...dataset,
          content: { ...dataset.content, tags },
          versions: isContested ? joinVersions(mine, theirs) : dataset.versions,
        },
      }),
    },
  };
}

/** What one caption hangs together with. */
function captionSide({ text, state, isQueued, report, recipe, error, dataset }: CardRecord): unknown {
  return { text, state, isQueued, report, recipe, error, captions: dataset?.content.captions };
}

function tagsOf({ dataset }: CardRecord): readonly string[] {
  return dataset?.content.tags ?? [];
}

/** Mine first, theirs behind it, then the others of both. */
function joinVersions(mine: CardRecord, theirs: CardRecord): readonly CaptionVersion[] {
  const [first, ...others] = mine.dataset?.versions ?? [];
  const all = [...(first ? [first] : []), ...(theirs.dataset?.versions ?? []), ...others];
  return all.filter((version, i) => all.findIndex((other) => isSameVersion(other, version)) === i).slice(0, maxVersions);
}

/** Plain data compares as its text does; what is undefined counts as absent. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
