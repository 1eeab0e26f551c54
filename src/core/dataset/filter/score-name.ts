/** @file Names of scores, as people and files write them. */

/** Folds a score's name as filters compare it: `CIDEr`, `clip_score` and `ROUGE-L` answer to `cider`, `clip` and `rouge_l`. */
export function foldScoreName(name: string): string {
  const folded = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  return folded.replace(/(?<=.)scores?$/u, '');
}

/** Finds a score by any way of writing its name. */
export function scoreIn(scores: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.entries(scores).find(([known]) => isSameScore(known, name))?.[1];
}

/** Tells whether two names are of the same score. */
export function isSameScore(a: string, b: string): boolean {
  return foldScoreName(a) === foldScoreName(b);
}
