/** @file Which words of two texts differ, for showing a change. */

/** A stretch of a text. */
export interface MarkedStretch {
  readonly text: string;
  readonly isChanged: boolean;
}

/** Longer texts are compared as a whole: the comparison's time grows with the product of the lengths. */
const maxWords = 400;

/** Marks the words that are only in the one or the other of two texts. */
export function markChanges(
  before: string,
  after: string,
): { readonly before: readonly MarkedStretch[]; readonly after: readonly MarkedStretch[] } {
  const a = splitText(before);
  const b = splitText(after);
  if (a.length > maxWords || b.length > maxWords)
    return { before: [{ text: before, isChanged: true }], after: [{ text: after, isChanged: true }] };
  const [keptA, keptB] = findCommon(a, b);
  return { before: joinStretches(a, keptA), after: joinStretches(b, keptB) };
}

/** Words, and what is between them: every character is in exactly one part. */
function splitText(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|\s+|[^\p{L}\p{N}\p{M}\s]/gu) ?? [];
}

/** Indices of the longest common run of parts, of both texts. */
function findCommon(a: readonly string[], b: readonly string[]): readonly [ReadonlySet<number>, ReadonlySet<number>] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const kept: [Set<number>, Set<number>] = [new Set(), new Set()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept[0].add(i++);
      kept[1].add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return kept;
}

function joinStretches(parts: readonly string[], kept: ReadonlySet<number>): readonly MarkedStretch[] {
  const stretches: { text: string; isChanged: boolean }[] = [];
  for (const [index, text] of parts.entries()) {
    const isChanged = !kept.has(index);
    const last = stretches.at(-1);
    if (last?.isChanged === isChanged) last.text += text;
    else stretches.push({ text, isChanged });
  }
  return stretches;
}
