/** @file What is kept of a card when the page closes. */

import type { CaptionText, CaptionTimings, DecodingOptions, ErrorReport } from '../../../../workers/api.ts';
import type { Members } from '../../../core/dataset/caption-record.ts';
import type { CaptionVersion } from '../../../core/dataset/edit/versions.ts';
import type { ItemContent } from '../../../core/dataset/item.ts';
import type { PictureSource } from '../../../storage/picture-files.ts';
import type { StampedRecord } from '../../../storage/shared-records.ts';
import type { Recipe } from '../queue/recipe.ts';

/** Where a picture stands. */
export type CardState = 'waiting' | 'looking' | 'writing' | 'done' | 'failed';

/** How a caption came to be. */
export interface CaptionReport {
  readonly captions: readonly CaptionText[];
  readonly timings: CaptionTimings;
  readonly exactPrompt: string;
  /** All options that held; absent for captions that an earlier version wrote. */
  readonly decoding?: DecodingOptions;
  readonly modelName: string;
  /** Of the model's bytes; absent for captions that an earlier version wrote. */
  readonly modelSha256?: string;
}

/** A size of a picture, camera's turn applied. @unit pixels */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What a data set tells of a picture, and what became of it. */
export interface CardDataset {
  /** Where it lies below what it came with, with forward slashes. */
  readonly path: string;
  readonly content: ItemContent;
  /** Captions that it has or had, the newest first. */
  readonly versions: readonly CaptionVersion[];
  /** The caption that a reviewer has accepted; it holds as long as the caption is that. */
  readonly accepted?: string;
  /** Such as `train`; null where the data set has no parts. */
  readonly split: string | null;
  /** The data set's own number or name of the picture. */
  readonly sourceId: string | null;
  /** Further members of the picture's row. */
  readonly metadata: Members;
  /** The picked folder that `path` begins at, where it can be written to. */
  readonly folderId: string | null;
}

/** A card as it is stored. */
export interface CardRecord extends StampedRecord {
  readonly name: string;
  /** Position in the order of arrival. */
  readonly order: number;
  readonly sizeBytes: number;
  readonly source: PictureSource | undefined;
  readonly size: PictureSize | undefined;
  readonly state: 'waiting' | 'done' | 'failed';
  readonly isQueued: boolean;
  /** Its place in the queue, the lowest first; absent in records of earlier versions and where it never waited. */
  readonly linePlace?: number;
  /** Its first caption, and whether a person wrote it: all that is known where `dataset` is absent. */
  readonly text: string;
  readonly isEdited: boolean;
  /** Absent in records of earlier versions, and of pictures that belong to no data set. */
  readonly dataset?: CardDataset;
  readonly report: CaptionReport | undefined;
  readonly recipe: Recipe;
  /** What it is to be captioned with after that. */
  readonly further?: readonly Recipe[];
  readonly error: ErrorReport | undefined;
}
