/** @file A batch as the stepper takes it. */

import type { Tensor } from '../../../core/tensor/tensor.ts';
import type { BatchSizes } from '../../../../models/decoder/train-batch.ts';
import type { DeviceTensor } from '../../runtime.ts';

/** A batch as `layOutBatch` makes it, with its pictures. */
export interface TrainBatch {
  readonly sizes: BatchSizes;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** What `pictureFeed` names; it stays the caller's. */
  readonly pictures: DeviceTensor;
}
