/** @file The longest common subsequence of long texts: a row of the table is one bit a word, and 32 of them are added at once. */

const chunkBits = 32;
/** A word whose share of a text is larger keeps its bits; of others few are set and cleared again. At most so many words do. */
const keptWords = 256;

/**
 * Measures the longest common subsequence of two lists of words.
 *
 * @source Hyyrö 2004, "Bit-parallel LCS-length computation revisited": V becomes (V + (V & M)) | (V & ~M)
 */
export function longCommonSubsequenceLength(a: Int32Array, b: Int32Array): number {
  const chunks = Math.ceil(b.length / chunkBits);
  const places = placesByWord(b);
  const kept = new Map<number, Uint32Array>();
  const row = new Uint32Array(chunks).fill(2 ** chunkBits - 1); // a zero is a step of the subsequence's length
  const scratch = new Uint32Array(chunks);
  for (const word of a) {
    const found = places.get(word);
    if (found === undefined) continue; // changes nothing
    if (found.length * keptWords <= b.length) {
      setBits(scratch, found);
      advance(row, scratch);
      for (const place of found) scratch[place >>> 5] = 0;
      continue;
    }
    let mask = kept.get(word);
    if (mask === undefined) {
      mask = new Uint32Array(chunks);
      setBits(mask, found);
      kept.set(word, mask);
    }
    advance(row, mask);
  }
  let zeros = 0;
  for (let j = 0; j < b.length; j++) if ((((row[j >>> 5] ?? 0) >>> (j & 31)) & 1) === 0) zeros++;
  return zeros;
}

function placesByWord(words: Int32Array): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, number[]>();
  words.forEach((word, place) => {
    const known = places.get(word);
    if (known === undefined) places.set(word, [place]);
    else known.push(place);
  });
  return places;
}

function setBits(mask: Uint32Array, places: readonly number[]): void {
  for (const place of places) mask[place >>> 5] = (mask[place >>> 5] ?? 0) | (1 << (place & 31));
}

/** Takes the row over one word: an addition over all chunks, with carry. */
function advance(row: Uint32Array, mask: Uint32Array): void {
  let carry = 0;
  for (let chunk = 0; chunk < row.length; chunk++) {
    const before = row[chunk] ?? 0;
    const bits = mask[chunk] ?? 0;
    if (bits === 0 && carry === 0) continue;
    const sum = before + ((before & bits) >>> 0) + carry; // below 2 ** 33, exact
    carry = sum > 4_294_967_295 ? 1 : 0;
    row[chunk] = sum | (before & ~bits);
  }
}
