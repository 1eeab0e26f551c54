/** @file Captions made ready for scoring: tokenised and counted once, shared by all metrics and all systems on the same references. */

import { StudioError } from '../error.ts';
import { createNgramIndex, type NgramCounts, type NgramIndex } from './ngram.ts';
import { createPtbTokenizer, type PtbTokenizer } from './ptb/tokenizer.ts';

/** A caption in the forms that metrics read. */
export interface PreparedCaption {
  /** As it was written. */
  readonly text: string;
  /** Its tokens without punctuation, joined by blanks: what pycocoevalcap hands to every metric. */
  readonly tokens: string;
  /** Words and n-grams for BLEU and CIDEr. */
  readonly ngrams: NgramCounts;
  /** Word numbers for ROUGE-L, for which an empty caption is one empty word. @shape [N] */
  readonly wordIds: Int32Array;
}

/** One picture's references. */
export interface PictureReferences {
  /** Name of the picture; a hypothesis is joined to it by this name. */
  readonly file: string;
  readonly references: readonly string[];
}

/** The references of a set of pictures, ready. */
export interface ReferenceSet {
  readonly files: readonly string[];
  /** @shape [pictures][references] */
  readonly references: readonly (readonly PreparedCaption[])[];
  readonly index: NgramIndex;
  readonly tokenizer: PtbTokenizer;
}

/** Makes an empty set to which pictures are added one by one, so that a host can breathe in between. */
export function createReferenceSet(): { readonly set: ReferenceSet; add(picture: PictureReferences): void } {
  const files: string[] = [];
  const references: (readonly PreparedCaption[])[] = [];
  const set: ReferenceSet = { files, references, index: createNgramIndex(), tokenizer: createPtbTokenizer() };
  return {
    set,
    add: (picture) => {
      if (picture.references.length === 0) {
        throw new StudioError('argument-invalid', `scores: ${picture.file} has no reference caption; leave the picture out or give one`);
      }
      files.push(picture.file);
      references.push(picture.references.map((text) => prepareCaption(text, set)));
    },
  };
}

/** Tokenises and counts a caption in terms of a reference set. */
export function prepareCaption(text: string, set: Pick<ReferenceSet, 'index' | 'tokenizer'>): PreparedCaption {
  const tokens = set.tokenizer.captionTokens(text).join(' ');
  return {
    text,
    tokens,
    ngrams: set.index.count(splitWords(tokens)),
    wordIds: set.index.wordIds(tokens.split(' ')),
  };
}

/** Splits tokens as Python's `str.split()` does: a no-break space inside of a token (`1 1/2`) parts it, too. */
function splitWords(tokens: string): readonly string[] {
  return tokens.split(pythonBlanks).filter((word) => word !== '');
}

const pythonBlanks = /[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/u;
