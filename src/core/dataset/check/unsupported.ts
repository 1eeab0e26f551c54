/** @file Words of a caption for which nothing that is known of the picture speaks. */

import { stemEnglish } from '../../metric/meteor/english-stem.ts';
import { findHallucinations, objectsOfPicture, type ChairData } from '../../metric/chair/chair.ts';
import { findWords } from '../../text/words.ts';
import type { CaptionFlag } from './flag.ts';

/** Words for objects with the object that they stand for, as CHAIR has them. */
export type KnownObjects = ChairData;

interface Support {
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly objects?: KnownObjects;
}

/** Fewer words than this say too little about a picture to hold a caption to them. */
const minSupport = 5;

/** Of the telling words such a share may be new: people choose different words, too; at this share one of 14 captions of Flickr8k is flagged. */
const tolerated = 0.7;

/** Finds words without support; pictures without references and with few tags are let be. */
export function findUnsupported(caption: string, { tags, references, objects }: Support): readonly CaptionFlag[] {
  const texts = [...references, ...tags.map((tag) => tag.replaceAll('_', ' '))];
  const supported = new Set(texts.flatMap((text) => tellingWords(text).map(({ stem }) => stem)));
  if (supported.size < minSupport) return [];
  if (objects !== undefined) return unsupportedObjects(caption, texts, objects);
  const words = tellingWords(caption);
  const unknown = words.filter(({ stem }) => !supported.has(stem));
  if (words.length < 2 || unknown.length <= words.length * tolerated) return [];
  return [flagOf([...new Set(unknown.map(({ word }) => word))])];
}

function unsupportedObjects(caption: string, texts: readonly string[], objects: KnownObjects): readonly CaptionFlag[] {
  const { hallucinated } = findHallucinations(caption, objectsOfPicture(texts, [], objects), objects);
  return hallucinated.length === 0 ? [] : [flagOf([...new Set(hallucinated.map(({ word }) => word))])];
}

function flagOf(words: readonly string[]): CaptionFlag {
  const some = words.slice(0, 8).join(', ');
  return { name: 'unsupported', message: `neither tags nor references have ${some}${words.length > 8 ? ', …' : ''}` };
}

function tellingWords(text: string): readonly { readonly word: string; readonly stem: string }[] {
  return findWords(text)
    .filter(({ word }) => !isIdle(word))
    .map(({ word }) => ({ word, stem: stemEnglish(word.replace(/'s$/u, '')) }));
}

/** Words of grammar and of describing, which say nothing about what is there. */
function isIdle(word: string): boolean {
  return word.length < 3 || idle.has(word);
}

const idle: ReadonlySet<string> = new Set(
  (
    'the this that these those and but nor with without from into onto over under between behind near next beside above below during through ' +
    'across toward towards his her its their who whose which what where while when because are was were been being has have had can could will ' +
    'would may might must not very some several many few other another one two three four five there here they them she him for out off down ' +
    'image picture photo photograph scene view shows showing shown features featuring depicts appears seems seen visible background foreground ' +
    'left right side front back top bottom center centre middle also both each more most all any'
  ).split(' '),
);
