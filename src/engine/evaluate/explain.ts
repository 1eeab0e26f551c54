/** @file Why a picture's score is what it is: shared n-grams with their weights, METEOR's alignment, CHAIR's objects. */

import { StudioError } from '../../core/error.ts';
import { prepareCaption, type ReferenceSet } from '../../core/metric/caption-set.ts';
import { findHallucinations, objectsOfPicture, type ChairData } from '../../core/metric/chair/chair.ts';
import { explainCider, type NgramContribution } from '../../core/metric/cider.ts';
import {
  countDocumentFrequencies,
  readDocumentFrequencies,
  type DocumentFrequencies,
  type DocumentFrequencyTable,
} from '../../core/metric/document-frequency.ts';
import { markText, matchOrders, type MarkedStretch } from '../../core/metric/matched-words.ts';
import type { MeteorSetting } from '../../core/metric/meteor-result.ts';
import { finish } from '../../core/metric/steps.ts';
import { alignMeteor, meteorSegments, type MeteorAlignment } from '../../core/metric/meteor/meteor.ts';

/** METEOR's alignment with the reference that counts. */
export interface BestAlignment extends MeteorAlignment {
  /** Which of the references, from 0. */
  readonly reference: number;
}

/** What one caption's scores were computed from; plain data. */
export interface CaptionExplanation {
  readonly file: string;
  /** The caption with the words that references share. */
  readonly marked: readonly MarkedStretch[];
  readonly references: readonly string[];
  /** What each shared n-gram adds to CIDEr, the most first. */
  readonly ngrams: readonly NgramContribution[];
  /** null unless METEOR's data is there. */
  readonly alignment: BestAlignment | null;
  /** Names of mentioned objects, and of those that are not in the picture; null unless CHAIR's word lists are there. */
  readonly objects: { readonly mentioned: readonly string[]; readonly invented: readonly string[] } | null;
}

/** What explanations draw on besides the references. */
export interface ExplanationData {
  readonly meteor?: MeteorSetting;
  readonly chair?: ChairData;
  /** Objects that annotations name, by picture. */
  readonly annotated?: ReadonlyMap<string, readonly string[]>;
  /** CIDEr's document frequencies; those of the set unless given. */
  readonly documentFrequencies?: DocumentFrequencyTable;
}

/** Explains captions of one set of references, whose n-grams are counted once. */
export interface Explainer {
  /** @throws {StudioError} 'argument-invalid' when the set has no such picture */
  explain(file: string, caption: string): CaptionExplanation;
}

/** Makes an explainer for a set of references. */
export function createExplainer(set: ReferenceSet, data: ExplanationData): Explainer {
  const places = new Map(set.files.map((file, place) => [file, place]));
  const table = data.documentFrequencies;
  const frequencies = finish(table === undefined ? countDocumentFrequencies(set) : readDocumentFrequencies(table, set));
  return {
    explain: (file, caption) => {
      const place = places.get(file);
      if (place === undefined) throw new StudioError('argument-invalid', `explanation: ${file} is not among the scored pictures`);
      return explainCaption({ file, caption, references: set.references[place] ?? [] }, { set, frequencies, data });
    },
  };
}

interface Picture {
  readonly file: string;
  readonly caption: string;
  readonly references: ReferenceSet['references'][number];
}

interface Terms {
  readonly set: ReferenceSet;
  readonly frequencies: DocumentFrequencies;
  readonly data: ExplanationData;
}

function explainCaption({ file, caption, references }: Picture, { set, frequencies, data }: Terms): CaptionExplanation {
  const prepared = prepareCaption(caption, set);
  const tokens = prepared.tokens.split(' ').filter((token) => token !== '');
  const orders = matchOrders(
    tokens,
    references.map((reference) => reference.tokens.split(' ')),
  );
  return {
    file,
    marked: markText(caption, tokens, orders),
    references: references.map(({ text }) => text),
    ngrams: explainCider(prepared, references, { index: set.index, frequencies, variant: 'd' }),
    alignment:
      data.meteor === undefined
        ? null
        : alignBest(
            prepared.tokens,
            references.map((reference) => reference.tokens),
            data.meteor,
          ),
    objects: data.chair === undefined ? null : findObjectNames({ file, caption, references }, data.chair, data.annotated),
  };
}

function alignBest(caption: string, references: readonly string[], { data, modules }: MeteorSetting): BestAlignment | null {
  const [segment] = finish(meteorSegments([caption], [references], data, modules));
  const reference = references[segment?.bestReference ?? -1];
  if (segment === undefined || reference === undefined) return null;
  return { ...alignMeteor(caption, reference, data, modules), reference: segment.bestReference };
}

function findObjectNames(
  { file, caption, references }: Picture,
  chair: ChairData,
  annotated: ExplanationData['annotated'],
): NonNullable<CaptionExplanation['objects']> {
  const texts = references.map(({ text }) => text);
  const inPicture = objectsOfPicture(texts, annotated?.get(file) ?? [], chair);
  const { mentions, hallucinated } = findHallucinations(caption, inPicture, chair);
  const names = (found: typeof mentions): readonly string[] => [...new Set(found.map(({ object }) => object))];
  return { mentioned: names(mentions), invented: names(hallucinated) };
}
