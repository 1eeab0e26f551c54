/** @file Where a caption says the opposite of a tag: it denies it, counts otherwise, colours otherwise, or has the other word of a pair. */

import { stemEnglish } from '../../metric/meteor/english-stem.ts';
import { findWords, type FoundWord } from '../../text/words.ts';
import type { CaptionFlag } from './flag.ts';

/** A word of the caption with its stem. */
interface Word extends FoundWord {
  readonly stem: string;
}

/** Finds contradictions between a caption and its tags; each tag is told of once. */
export function findContradictions(caption: string, tags: readonly string[]): readonly CaptionFlag[] {
  const words = findWords(caption).map((word) => ({ ...word, stem: stemOfWord(word.word) }));
  return tags.flatMap((tag) => {
    const plain = tag.replaceAll('_', ' ').trim().toLowerCase();
    const found = findDenied(words, plain) ?? findOtherCount(words, plain) ?? findOtherColour(words, plain) ?? findOpposite(words, plain);
    if (found === null) return [];
    const message = `“${caption.slice(found.start, found.end)}” contradicts the tag “${tag}”`;
    return [{ name: 'contradiction' as const, message, place: [found.start, found.end] as const }];
  });
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function findDenied(words: readonly Word[], tag: string): Stretch | null {
  const denied = /^(?:no|without|not)\s+(?<thing>.+)$/u.exec(tag)?.groups?.['thing'];
  const thing = stems(denied ?? tag);
  for (const at of placesOf(words, thing)) {
    const before = words[at - 1];
    // “no dog”, “without a dog”, “not a dog”; “no longer” and the like stand elsewhere.
    const isArticle = ['a', 'an', 'any', 'the'].includes(before?.word ?? '');
    const negation = isArticle ? words[at - 2] : before;
    const isNegated = negation !== undefined && ['no', 'without', 'not'].includes(negation.word);
    const first = denied === undefined ? negation : words[at];
    if (isNegated === (denied === undefined) && first !== undefined) return stretch(first, words[at + thing.length - 1]);
  }
  return null;
}

function findOtherCount(words: readonly Word[], tag: string): Stretch | null {
  const counted = /^(?<count>\d+|[a-z]+)\s*(?<thing>[a-z][a-z ]*)$/u.exec(tag.replace(/^(?<digits>\d+)(?=[a-z])/u, '$<digits> '))?.groups;
  const wanted = countOf(counted?.['count'] ?? '');
  if (wanted === null) return null;
  const thing = stems(counted?.['thing'] ?? '');
  for (const at of placesOf(words, thing)) {
    const before = words[at - 1];
    const count = countOf(before?.word ?? '');
    if (before !== undefined && count !== null && count !== wanted) return stretch(before, words[at + thing.length - 1]);
  }
  return null;
}

function findOtherColour(words: readonly Word[], tag: string): Stretch | null {
  const [colour = '', ...rest] = tag.split(/\s+/u);
  const thing = rest.map(stemOfWord);
  if (!colours.has(colour) || thing.length === 0) return null;
  const places = placesOf(words, thing);
  const coloursThere = places.map((at) => words[at - 1]).filter((word) => word !== undefined && colours.has(word.word));
  // A red car and a blue one may both be there; the tag is contradicted where none is as it says.
  if (coloursThere.length === 0 || coloursThere.some((word) => word?.word === colour)) return null;
  const at = places.find((place) => colours.has(words[place - 1]?.word ?? '')) ?? 0;
  return stretch(words[at - 1], words[at + thing.length - 1]);
}

function findOpposite(words: readonly Word[], tag: string): Stretch | null {
  for (const pair of opposites) {
    const side = pair.findIndex((names) => names.includes(tag));
    const others = side < 0 ? [] : (pair[1 - side] ?? []);
    const own = pair[side] ?? [];
    if (own.some((name) => placesOf(words, stems(name)).length > 0)) continue;
    for (const other of others) {
      const thing = stems(other);
      const [at] = placesOf(words, thing);
      if (at !== undefined) return stretch(words[at], words[at + thing.length - 1]);
    }
  }
  return null;
}

/** Places at which all stems stand in a row. */
function placesOf(words: readonly Word[], thing: readonly string[]): readonly number[] {
  if (thing.length === 0) return [];
  return words.flatMap((_, at) => (thing.every((stem, i) => words[at + i]?.stem === stem) ? [at] : []));
}

function stretch(first: Word | undefined, last: Word | undefined): Stretch {
  return { start: first?.start ?? 0, end: last?.end ?? 0 };
}

function stems(text: string): readonly string[] {
  return findWords(text).map(({ word }) => stemOfWord(word));
}

const irregular: Readonly<Record<string, string>> = {
  men: 'man',
  women: 'woman',
  children: 'child',
  people: 'person',
  mice: 'mouse',
  feet: 'foot',
};

function stemOfWord(word: string): string {
  return stemEnglish(irregular[word] ?? word);
}

function countOf(word: string): number | null {
  if (/^\d{1,4}$/u.test(word)) return Number(word);
  const count = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'].indexOf(word);
  return count < 0 ? null : count;
}

const colours: ReadonlySet<string> = new Set(
  'red orange yellow green blue purple violet pink brown black white grey gray golden silver blonde blond beige turquoise'.split(' '),
);

/** Pairs of which a photo hardly shows both. */
const opposites: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ['day', 'daytime', 'daylight'],
    ['night', 'nighttime', 'midnight'],
  ],
  [
    ['indoors', 'indoor', 'inside'],
    ['outdoors', 'outdoor', 'outside'],
  ],
  [
    ['monochrome', 'greyscale', 'grayscale', 'black and white'],
    ['colorful', 'colourful', 'vibrant colors', 'vibrant colours'],
  ],
  [
    ['smile', 'smiling', 'laughing'],
    ['frown', 'frowning', 'crying'],
  ],
  [
    ['open mouth', 'mouth open'],
    ['closed mouth', 'mouth closed'],
  ],
  [
    ['eyes closed', 'closed eyes'],
    ['eyes open', 'open eyes'],
  ],
  [['sitting'], ['standing']],
  [['long hair'], ['short hair', 'bald']],
  [
    ['solo', 'alone'],
    ['crowd', 'group of people', 'many people'],
  ],
  [['summer'], ['winter']],
  [['sunny'], ['rain', 'raining', 'rainy', 'snowing']],
  [['empty'], ['crowded']],
];
