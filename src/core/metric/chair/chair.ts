/** @file CHAIR: objects that a caption mentions although they are not in the picture. */

import { StudioError } from '../../error.ts';
import { parseSingularRules, singularize, type SingularRules } from './singular.ts';
import { nltkWords } from './word-tokens.ts';

/** What CHAIR knows about objects. */
export interface ChairData {
  /** Name of the object that a word stands for, by word. */
  readonly objects: ReadonlyMap<string, string>;
  readonly singular: SingularRules;
}

/** Texts of the files that CHAIR needs. */
export interface ChairFiles {
  /** `synonyms.txt`: an object a line, its name first. */
  readonly synonyms: string;
  /** `singularize-rules.json` */
  readonly singular: string;
}

/** An object that a caption mentions. */
export interface ObjectMention {
  /** As the caption has it, in the singular. */
  readonly word: string;
  /** The object's name. */
  readonly object: string;
  /** Place of its first word among the words of the caption. */
  readonly wordIndex: number;
}

/** What a caption's words say about objects. */
export interface CaptionObjects {
  /** The words in the singular, pairs that name one object joined. */
  readonly words: readonly string[];
  readonly mentions: readonly ObjectMention[];
}

/** How one caption fares. */
export interface CaptionHallucinations extends CaptionObjects {
  /** Mentions of objects that are not in the picture. */
  readonly hallucinated: readonly ObjectMention[];
}

/**
 * Reads CHAIR's data.
 *
 * @throws {StudioError} 'file-invalid' when a file is not what it should be
 */
export function readChairData(files: ChairFiles): ChairData {
  const objects = new Map<string, string>();
  for (const line of files.synonyms.split('\n')) {
    // Only a comma with one blank parts words, as in the original: an entry with a second blank keeps it and is never found.
    const [name, ...others] = line.trim().split(', ');
    if (name === undefined || name === '') continue;
    for (const word of [name, ...others]) objects.set(word, name);
  }
  if (objects.size < 2)
    throw new StudioError('file-invalid', 'synonyms.txt: no synonyms in it; expected an object a line, words parted by commas');
  return { objects, singular: parseSingularRules('singularize-rules.json', files.singular) };
}

/**
 * Finds the objects that a caption mentions, repeats counted.
 *
 * @source LisaAnne/Hallucination 6e4d33c `chair.py` (Rohrbach et al. 2018, arxiv.org/abs/1809.02156)
 */
export function findObjects(caption: string, data: ChairData): CaptionObjects {
  const singular = nltkWords(caption.toLowerCase()).map((word) => singularize(word, data.singular));
  const words: string[] = [];
  const places: number[] = [];
  for (let i = 0; i < singular.length; i++) {
    const word = singular[i] ?? '';
    const pair = pairs().get(`${word} ${singular[i + 1] ?? ''}`);
    places.push(i);
    words.push(pair ?? word);
    if (pair !== undefined) i++;
  }
  // The seat of a toilet is no chair. Places are not moved along, which is the original's slip; its indices are kept.
  const considered = words.includes('toilet') ? words.filter((word) => word !== 'seat') : words;
  const mentions = considered.flatMap((word, i) => {
    const object = data.objects.get(word);
    return object === undefined ? [] : [{ word, object, wordIndex: places[i] ?? 0 }];
  });
  return { words, mentions };
}

/**
 * Lists the objects of a picture: those that its references mention, with those that its annotations name.
 */
export function objectsOfPicture(references: readonly string[], annotated: readonly string[], data: ChairData): ReadonlySet<string> {
  const mentioned = references.flatMap((reference) => findObjects(reference, data).mentions.map(({ object }) => object));
  return new Set([...mentioned, ...annotated.map((name) => data.objects.get(name) ?? name)]);
}

/** Checks a caption against the objects of its picture. */
export function findHallucinations(caption: string, present: ReadonlySet<string>, data: ChairData): CaptionHallucinations {
  const found = findObjects(caption, data);
  return { ...found, hallucinated: found.mentions.filter(({ object }) => !present.has(object)) };
}

/** Two words that name one thing, with the name to use; `train track` is there so that it is no train. */
function pairs(): ReadonlyMap<string, string> {
  cachedPairs ??= makePairs();
  return cachedPairs;
}

let cachedPairs: ReadonlyMap<string, string> | undefined;

function makePairs(): ReadonlyMap<string, string> {
  const made = new Map(pairNames.map((pair) => [pair, pair]));
  for (const animal of animals) for (const age of ['baby', 'adult']) made.set(`${age} ${animal}`, animal);
  for (const vehicle of ['jet', 'train']) made.set(`passenger ${vehicle}`, vehicle);
  return made.set('bow tie', 'tie').set('toilet seat', 'toilet').set('wine glas', 'wine glass');
}

const animals = ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe', 'animal', 'cub'];

const pairNames = [
  ...['motor bike', 'motor cycle', 'air plane', 'suit case', 'potted plant', 'laptop computer', 'train track', 'home plate'],
  ...['traffic light', 'street light', 'traffic signal', 'stop light', 'stop sign', 'fire hydrant', 'parking meter'],
  ...['sports ball', 'baseball bat', 'baseball glove', 'tennis racket', 'wine glass', 'hot dog', 'stove top oven'],
  ...['cell phone', 'mobile phone', 'teddy bear', 'hair drier'],
];
