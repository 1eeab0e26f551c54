/** @file Operations on many captions at once, as plain data: what the page's fields and the command line's options say. */

/** A text to search for and what takes its place. */
export interface ReplaceOperation {
  readonly kind: 'replace';
  readonly find: string;
  /** With a pattern `$1` and `$<name>` are its groups; otherwise the text as it is. */
  readonly replacement: string;
  /** Whether `find` is a regular expression. */
  readonly isPattern: boolean;
  readonly ignoreCase: boolean;
  /** Whether only whole words are meant. */
  readonly wholeWords: boolean;
}

/** What can be done to captions. */
export type CaptionOperation =
  | ReplaceOperation
  | { readonly kind: 'case'; readonly to: 'lower' | 'upper' | 'sentence' }
  | { readonly kind: 'spaces' } // one blank between words, none around, none before points
  | { readonly kind: 'one-line' }
  | { readonly kind: 'punctuation' } // straight quotes, no doubled signs, a blank after each
  | { readonly kind: 'end'; readonly sign: '.' | '' } // with or without a point at the end
  | { readonly kind: 'opening' } // without “The image shows” and its like
  | { readonly kind: 'finish' } // without a last sentence that stops in the middle
  | { readonly kind: 'list'; readonly isSorted: boolean } // a caption that is a list of tags: each once, sorted
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'trigger'; readonly word: string } // in front, where it is not in the caption yet
  | { readonly kind: 'max-words'; readonly count: number }
  | { readonly kind: 'max-tokens'; readonly count: number };

/** What can be done to tags. */
export type TagOperation =
  | { readonly kind: 'tag-spaces' } // blanks in place of underscores
  | { readonly kind: 'tag-sort' }
  | { readonly kind: 'tag-rename'; readonly from: string; readonly to: string } // to nothing: removed
  | { readonly kind: 'tag-add'; readonly tag: string };

/** Any operation. */
export type CleanOperation = CaptionOperation | TagOperation;

/** Names an operation, for undo and for versions. */
export function sayOperation(operation: CleanOperation): string {
  switch (operation.kind) {
    case 'replace':
      return `Replace “${operation.find}” with “${operation.replacement}”`;
    case 'case':
      return { lower: 'Small letters', upper: 'Capital letters', sentence: 'A capital at each sentence' }[operation.to];
    case 'spaces':
      return 'Tidy blanks';
    case 'one-line':
      return 'Join lines';
    case 'punctuation':
      return 'Tidy punctuation';
    case 'end':
      return operation.sign === '.' ? 'End with a point' : 'End without a point';
    case 'opening':
      return 'Drop “The image shows”';
    case 'finish':
      return 'Drop unfinished sentences';
    case 'list':
      return operation.isSorted ? 'Sort lists of tags' : 'Each tag once';
    case 'prefix':
      return `Begin with “${operation.text}”`;
    case 'suffix':
      return `End with “${operation.text}”`;
    case 'trigger':
      return `Add the trigger word “${operation.word}”`;
    case 'max-words':
      return `At most ${String(operation.count)} words`;
    case 'max-tokens':
      return `At most ${String(operation.count)} tokens`;
    case 'tag-spaces':
      return 'Blanks in tags';
    case 'tag-sort':
      return 'Sort tags';
    case 'tag-rename':
      return operation.to === '' ? `Remove the tag “${operation.from}”` : `Rename the tag “${operation.from}” to “${operation.to}”`;
    case 'tag-add':
      return `Add the tag “${operation.tag}”`;
    default:
      return operation satisfies never;
  }
}
