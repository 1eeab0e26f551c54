/** @file Noise for dropout. */

import { makeRandom } from '../../../core/tensor/random.ts';
import { elementCount } from '../../../core/tensor/shape.ts';
import { float32, type Tensor } from '../../../core/tensor/tensor.ts';

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
