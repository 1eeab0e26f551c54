/** @file A folder of a model as the user gave it. */

import type { GivenFile } from '../../../workers/models-api.ts';

/** A folder that the user gave, or an archive of one. */
export interface GivenFolder {
  readonly name: string;
  readonly files: readonly GivenFile[];
}
