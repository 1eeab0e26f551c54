/** @file Words and n-grams as numbers, so that counting and comparing them is arithmetic on arrays. */

/** The longest n-gram that caption metrics count. */
export const maxOrder = 4;

/** The n-grams of one text, orders 1 to `maxOrder` together. */
export interface NgramCounts {
  /** How many words the text has. */
  readonly wordCount: number;
  /** The distinct n-grams by their numbers in the index. @shape [M] */
  readonly ids: Int32Array;
  /** How often each stands in the text. @shape [M] */
  readonly counts: Int32Array;
}

/** Gives every word and every n-gram that it meets a number. */
export interface NgramIndex {
  /** How many n-grams are known; their numbers run from 0 to here, exclusive. */
  readonly size: () => number;
  /** Counts the n-grams of a text. */
  count(words: readonly string[]): NgramCounts;
  /** Numbers the words of a text; equal words have equal numbers. @shape [N] → [N] */
  wordIds(words: readonly string[]): Int32Array;
  /** How many words an n-gram has, 1 to `maxOrder`. */
  orderOf(id: number): number;
  /** Gives an n-gram's words joined by blanks. */
  textOf(id: number): string;
  /** Finds or makes the number of an n-gram. */
  idOf(words: readonly string[]): number;
}

/** Makes an empty index. */
export function createNgramIndex(): NgramIndex {
  const vocabulary = new Map<string, number>();
  const spellings: string[] = [];
  const children = new Map<number, number>(); // (n-gram without its last word, last word) to n-gram
  const parents: number[] = [];
  const lastWords: number[] = [];
  const orders: number[] = [];
  const keep = createNumberPool();
  let ids = new Int32Array(256); // scratch of `count`, as the next two
  let counts = new Int32Array(256);
  let seenAt = new Int32Array(1024); // scratch of `count`: where in the result an n-gram stands, from 1

  const wordId = (word: string): number => {
    let id = vocabulary.get(word);
    if (id === undefined) {
      id = spellings.length;
      vocabulary.set(word, id);
      spellings.push(word);
    }
    return id;
  };
  const extend = (parent: number, word: number, order: number): number => {
    const key = (parent + 1) * wordLimit + word;
    let id = children.get(key);
    if (id === undefined) {
      id = parents.length;
      children.set(key, id);
      parents.push(parent);
      lastWords.push(word);
      orders.push(order);
    }
    return id;
  };
  const wordIds = (words: readonly string[]): Int32Array => keep(Int32Array.from(words, wordId));

  return {
    size: () => parents.length,
    wordIds,
    orderOf: (id) => orders[id] ?? 0,
    textOf: (id) => {
      const words: string[] = [];
      for (let at = id; at >= 0; at = parents[at] ?? -1) words.unshift(spellings[lastWords[at] ?? -1] ?? '');
      return words.join(' ');
    },
    idOf: (words) => words.reduce((parent, word, i) => extend(parent, wordId(word), i + 1), -1),
    count: (words) => {
      const numbers = Int32Array.from(words, wordId);
      const most = numbers.length * maxOrder;
      if (most > ids.length) [ids, counts] = [new Int32Array(2 * most), new Int32Array(2 * most)];
      let distinct = 0;
      for (let start = 0; start < numbers.length; start++) {
        let id = -1;
        for (let order = 1; order <= maxOrder && start + order <= numbers.length; order++) {
          id = extend(id, numbers[start + order - 1] ?? 0, order);
          if (id >= seenAt.length) seenAt = grown(seenAt, id);
          let place = seenAt[id] ?? 0;
          if (place === 0) {
            ids[distinct] = id;
            counts[distinct] = 0;
            place = ++distinct;
            seenAt[id] = place;
          }
          counts[place - 1] = (counts[place - 1] ?? 0) + 1;
        }
      }
      for (let i = 0; i < distinct; i++) seenAt[ids[i] ?? 0] = 0;
      return { wordCount: numbers.length, ids: keep(ids.subarray(0, distinct)), counts: keep(counts.subarray(0, distinct)) };
    },
  };
}

/** More words than any text has; keeps (n-gram, word) within the exact integers. */
const wordLimit = 2 ** 26;

/** Makes a function that copies numbers into large pieces of memory: a buffer for each list of millions would cost more than the lists. */
function createNumberPool(): (numbers: Int32Array) => Int32Array {
  let piece = new Int32Array(0);
  let used = 0;
  return (numbers) => {
    if (used + numbers.length > piece.length) {
      piece = new Int32Array(Math.max(pieceLength, numbers.length));
      used = 0;
    }
    const kept = piece.subarray(used, used + numbers.length);
    kept.set(numbers);
    used += numbers.length;
    return kept;
  };
}

const pieceLength = 2 ** 16;

function grown(array: Int32Array<ArrayBuffer>, place: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * array.length, place + 1));
  larger.set(array);
  return larger;
}
