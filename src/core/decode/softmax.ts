/** @file Probabilities of one row of scores; sums are kept in double precision. */

/** Finds the largest score, the first one on a tie; -1 where no score is a number above minus infinity. */
export function argMax(scores: Float32Array): number {
  let best = -1;
  let bestScore = -Infinity;
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i] ?? -Infinity;
    if (score > bestScore) {
      bestScore = score;
      best = i;
    }
  }
  return best;
}

/**
 * Gives the logarithm of the sum of exponentials, without overflow.
 *
 * @unit nats
 */
export function logSumExp(scores: Float32Array): number {
  const top = scores[argMax(scores)] ?? -Infinity;
  if (top === -Infinity) return -Infinity;
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) sum += Math.exp((scores[i] ?? -Infinity) - top);
  return top + Math.log(sum);
}

/** Turns scores into log-probabilities in place and gives what it took off each. @unit nats */
export function toLogProbabilities(scores: Float32Array): number {
  const total = logSumExp(scores);
  for (let i = 0; i < scores.length; i += 1) scores[i] = (scores[i] ?? -Infinity) - total;
  return total;
}

/** Gives the probabilities of scores; those of minus infinity are exactly 0. */
export function softmax(scores: Float32Array): Float32Array {
  const total = logSumExp(scores);
  return scores.map((score) => Math.exp(score - total));
}
