/** @file METEOR's word lists: function words, abbreviations, WordNet's synsets and irregular forms. */

import type { NonbreakingPrefixes } from './normalize.ts';
import { invalid, packedLines, packedNumber, packedStream, packedVarints, readPackedFile } from './packed-file.ts';
import type { PackedFile } from './packed-file.ts';

/** The word lists, ready for look-up. */
export interface MeteorLexicon {
  readonly functionWords: ReadonlySet<string>;
  readonly prefixes: NonbreakingPrefixes;
  /** Base forms of irregular forms: `geese` → `goose`. */
  readonly bases: ReadonlyMap<string, readonly string[]>;
  /** Row of each word; rows are those of `rowStarts`. */
  readonly rows: ReadonlyMap<string, number>;
  /** Where a word's synsets begin in `members`. @shape [words + 1] */
  readonly rowStarts: Uint32Array;
  /** Places in `synsetNumbers`, ascending within a word. */
  readonly members: Uint32Array;
  /** WordNet's numbers of the synsets, ascending. */
  readonly synsetNumbers: Uint32Array;
}

/** WordNet's detachment rules in their order: nouns, verbs, adjectives. */
const detachments: readonly (readonly [suffix: string, ending: string])[] = [
  ['s', ''],
  ['ses', 's'],
  ['xes', 'x'],
  ['zes', 'z'],
  ['ches', 'ch'],
  ['shes', 'sh'],
  ['men', 'man'],
  ['ies', 'y'],
  ['s', ''],
  ['ies', 'y'],
  ['es', 'e'],
  ['es', ''],
  ['ed', 'e'],
  ['ed', ''],
  ['ing', 'e'],
  ['ing', ''],
  ['er', ''],
  ['est', ''],
  ['er', 'e'],
  ['est', 'e'],
];

/**
 * Reads the packed word lists.
 *
 * @throws {StudioError} 'file-invalid' when the bytes contradict the format
 */
export function readMeteorLexicon(bytes: Uint8Array): MeteorLexicon {
  const file = readPackedFile(bytes, { name: 'METEOR word lists', mark: 'MLX1', numbers: 3, streams: 10 });
  const words = packedNumber(file, 0, 0xffffff);
  const synsets = packedNumber(file, 1, 0xffffff);
  const memberships = packedNumber(file, 2, 0xffffff);
  const rowStarts = runningSum(packedStream(file, 5, words));
  if (rowStarts[words] !== memberships) {
    invalid(file.name, `words have ${String(rowStarts[words])} synsets in all, expected ${String(memberships)}`);
  }
  return {
    functionWords: new Set(packedLines(file, 0)),
    prefixes: new Map(packedLines(file, 1).map((line) => readPrefix(line))),
    bases: readBases(packedLines(file, 2)),
    rows: readRows(file, words),
    rowStarts,
    members: readMembers(file, memberships, synsets),
    synsetNumbers: readAscending(packedVarints(file, 6, synsets)),
  };
}

/**
 * Gives the synsets that METEOR sees in a word: its own, and those of its irregular bases or else of the first base that WordNet's
 * detachment rules find.
 *
 * @shape [N], ascending places in `synsetNumbers`
 * @source METEOR 1.5; WordNet 3.0, morphy
 */
export function synsetsOf(word: string, lexicon: MeteorLexicon): Uint32Array {
  const bases = lexicon.bases.get(word) ?? detachedBase(word, lexicon.rows);
  const own = ownSynsets(word, lexicon);
  if (bases.length === 0) return own;
  const all = new Set(own);
  for (const base of bases) for (const synset of ownSynsets(base, lexicon)) all.add(synset);
  return Uint32Array.from(all).sort();
}

function ownSynsets(word: string, lexicon: MeteorLexicon): Uint32Array {
  const row = lexicon.rows.get(word);
  return row === undefined ? new Uint32Array() : lexicon.members.subarray(lexicon.rowStarts[row], lexicon.rowStarts[row + 1]);
}

function detachedBase(word: string, rows: ReadonlyMap<string, number>): readonly string[] {
  if (word.length <= 2 || word.endsWith('ss')) return [];
  for (const [suffix, ending] of detachments) {
    const base = word.endsWith(suffix) ? word.slice(0, -suffix.length) + ending : '';
    if (rows.has(base)) return [base];
  }
  return [];
}

function readPrefix(line: string): readonly [string, 'always' | 'before-number'] {
  const [prefix = '', mark] = line.split(' ');
  return [prefix, mark === undefined ? 'always' : 'before-number'];
}

/** Reads pairs of lines: a base, then its forms between blanks. */
function readBases(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const bases = new Map<string, string[]>();
  for (let line = 0; line + 1 < lines.length; line += 2) {
    const base = lines[line] ?? '';
    for (const form of (lines[line + 1] ?? '').split(' ')) {
      const known = bases.get(form);
      if (known === undefined) bases.set(form, [base]);
      else known.push(base);
    }
  }
  return bases;
}

/** Reads the words, each of which shares its first letters with the one before. */
function readRows(file: PackedFile, count: number): ReadonlyMap<string, number> {
  const shared = packedStream(file, 3, count);
  const rests = packedLines(file, 4);
  if (rests.length !== count) invalid(file.name, `${String(rests.length)} words, expected ${String(count)}`);
  const rows = new Map<string, number>();
  let word = '';
  for (let row = 0; row < count; row++) {
    const length = shared[row] ?? 0;
    if (length > word.length) invalid(file.name, `word ${String(row)} shares ${String(length)} letters with one of ${String(word.length)}`);
    word = word.slice(0, length) + (rests[row] ?? '');
    rows.set(word, row);
  }
  return rows;
}

function readMembers(file: PackedFile, count: number, synsets: number): Uint32Array {
  const [low, middle, high] = [packedStream(file, 7, count), packedStream(file, 8, count), packedStream(file, 9, count)];
  const members = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const synset = (low[index] ?? 0) | ((middle[index] ?? 0) << 8) | ((high[index] ?? 0) << 16);
    if (synset >= synsets) invalid(file.name, `synset ${String(synset)} is named, there are ${String(synsets)}`);
    members[index] = synset;
  }
  return members;
}

function readAscending(gaps: Uint32Array): Uint32Array {
  let sum = 0;
  return gaps.map((gap) => (sum += gap));
}

/** Turns lengths of rows into their starts, with the end of the last row behind. */
function runningSum(lengths: Uint8Array): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, row) => {
    starts[row + 1] = (starts[row] ?? 0) + length;
  });
  return starts;
}
