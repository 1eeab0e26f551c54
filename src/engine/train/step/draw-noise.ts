/** @file Noise for dropout. */

import { makeRandom } from '../../../core/tensor/random.ts';
import { elementCount } from '../../../core/tensor/shape.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';

/**
 * Gives the stream that a batch's noise is drawn from: one of its own for each batch of each step, and the step itself for the first batch, or
 * the only one.
 */
export function noiseStream(step: number, batch: number): number {
  return batch === 0 ? step : makeRandom(step, batch).nextUint32();
}

/**
 * Draws numbers from 0 (inclusive) to 1 (exclusive); the same seed and stream give the same.
 *
 * @param shift how far each number is moved around the circle from 0 to 1
 */
export function drawNoise(shape: readonly number[], seed: number, stream: number, shift = 0): Tensor {
  const random = makeRandom(seed, stream);
  return float32(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => (random.nextUniform() + shift) % 1),
  );
}
