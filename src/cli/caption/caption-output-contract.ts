/** @file What an output of captions does, whatever it writes. */

import type { CaptionOutcome } from '../../engine/caption/captioner.ts';
import type { PictureInput } from './picture-inputs.ts';

/** Takes captions one by one. */
export interface CaptionOutput {
  /** Whether a stopped run with the same options has captioned a picture, which is then left out whatever `--existing` says. */
  isDone(input: PictureInput): boolean;
  /** Gives the captions that a picture has already, or null where it has none. */
  existing(input: PictureInput): Promise<readonly string[] | null>;
  /** Writes what came out for a picture; when it resolves, a kill loses nothing of it. */
  write(input: PictureInput, captions: readonly string[], outcome: CaptionOutcome): Promise<void>;
  /** Ends the output. @param isWhole whether every picture had its turn; else the same command goes on later */
  close(isWhole: boolean): Promise<void>;
}
