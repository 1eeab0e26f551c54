/** @file Values counted in bins of one width, for all systems alike. */

/** A histogram of several lists over the same bins. */
export interface Histogram {
  /** Where each bin begins. @shape [bins] */
  readonly starts: readonly number[];
  readonly width: number;
  /** Share of each list's values in each bin, from 0 to 1. @shape [lists][bins] */
  readonly shares: readonly (readonly number[])[];
}

/** Counts lists of values in at most about `most` bins of a round width; the last bin holds the highest value, too. */
export function countInBins(lists: readonly ArrayLike<number>[], most = 24): Histogram {
  let low = Infinity;
  let high = -Infinity;
  let isWhole = true;
  for (const values of lists) {
    for (const value of Array.from(values)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      isWhole &&= Number.isInteger(value);
    }
  }
  if (low > high) return { starts: [], width: 1, shares: lists.map(() => []) };
  const width = roundWidth((high - low) / most, isWhole);
  const first = Math.floor(low / width + rounding);
  const count = Math.floor(high / width + rounding) - first + 1;
  return {
    starts: Array.from({ length: count }, (_, bin) => Number(((first + bin) * width).toPrecision(12))),
    width,
    shares: lists.map((values) => {
      const bins = new Array<number>(count).fill(0);
      for (const value of Array.from(values)) {
        const bin = Math.floor(value / width + rounding) - first;
        bins[bin] = (bins[bin] ?? 0) + 1 / values.length;
      }
      return bins;
    }),
  };
}

/** A value on the edge of two bins belongs to the upper one, whatever its last bit says. */
const rounding = 1e-9;

/** The next of 1, 2, 5 times a power of ten; whole numbers have bins of whole numbers. */
function roundWidth(width: number, isWhole: boolean): number {
  if (width <= 0) return isWhole ? 1 : 0.05;
  const power = 10 ** Math.floor(Math.log10(width));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= width * (1 - rounding)) ?? 10;
  return Math.max(step * power, isWhole ? 1 : 0);
}
