/** @file Who has the model: captions and a run of training take turns at it. */

/** What every room may know of it. */
export class Sharing {
  /** What a run of training is at; undefined while none is under way. */
  training = $state<'learning' | 'resting' | undefined>(undefined);
  /** Whether captions go first; otherwise they wait until the run pauses or ends. */
  captionsFirst = $state(true);
}
