/** @file What a metric hands over: scores of single pictures, and counts whose sums give the score of any choice of pictures. */

/** One metric's view of a system's captions. */
export interface MetricResult {
  /** Names of its scores, in order. */
  readonly names: readonly string[];
  /** Scores of each picture. @shape [names][pictures] */
  readonly pictureScores: readonly (readonly number[])[];
  /** How many counts each picture has. */
  readonly width: number;
  /** Counts of each picture. @shape [pictures, width] */
  readonly rows: Float64Array;
  /** Gives the scores of pictures whose counts sum to `sums`; a bootstrap draws pictures and asks here. @shape [width] → [names] */
  readonly combine: (sums: Float64Array, pictureCount: number) => readonly number[];
}

/** Sums the counts of all pictures. @shape [pictures, width] → [width] */
export function sumRows(rows: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) {
    const column = i % width;
    sums[column] = (sums[column] ?? 0) + (rows[i] ?? 0);
  }
  return sums;
}

/** Makes the result of a metric whose set score is the mean of its picture scores. */
export function meanResult(name: string, scores: readonly number[]): MetricResult {
  return {
    names: [name],
    pictureScores: [scores],
    width: 1,
    rows: Float64Array.from(scores),
    combine: (sums, pictureCount) => [(sums[0] ?? 0) / pictureCount],
  };
}

/** Makes the result of a metric that is a ratio of two sums; a picture without a denominator scores 0. @shape [pictures] each */
export function ratioResult(name: string, numerators: readonly number[], denominators: readonly number[]): MetricResult {
  const rows = new Float64Array(2 * numerators.length);
  numerators.forEach((numerator, i) => {
    rows[2 * i] = numerator;
    rows[2 * i + 1] = denominators[i] ?? 0;
  });
  return {
    names: [name],
    pictureScores: [numerators.map((numerator, i) => ratio(numerator, denominators[i] ?? 0))],
    width: 2,
    rows,
    combine: (sums) => [ratio(sums[0] ?? 0, sums[1] ?? 0)],
  };
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
