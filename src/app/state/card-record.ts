/** @file What is kept of a card when the page closes. */

import type { CaptionText, CaptionTimings, ErrorReport } from '../../../workers/api.ts';
import type { PictureSource } from '../../storage/picture-files.ts';
import type { Recipe } from './recipe.ts';

/** Where a picture stands. */
export type CardState = 'waiting' | 'looking' | 'writing' | 'done' | 'failed';

/** How a caption came to be. */
export interface CaptionReport {
  readonly captions: readonly CaptionText[];
  readonly timings: CaptionTimings;
  readonly exactPrompt: string;
  readonly modelName: string;
}

/** A size of a picture, camera's turn applied. @unit pixels */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A card as it is stored. */
export interface CardRecord {
  readonly id: string;
  readonly name: string;
  /** Position in the order of arrival. */
  readonly order: number;
  readonly sizeBytes: number;
  readonly source: PictureSource | undefined;
  readonly size: PictureSize | undefined;
  readonly state: 'waiting' | 'done' | 'failed';
  readonly isQueued: boolean;
  readonly text: string;
  readonly isEdited: boolean;
  readonly report: CaptionReport | undefined;
  readonly recipe: Recipe;
  readonly error: ErrorReport | undefined;
}
