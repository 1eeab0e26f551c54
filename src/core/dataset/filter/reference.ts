/** @file The filter language in examples, for the page's help and the command line. */

/** One line of the reference. */
export interface FilterExample {
  readonly example: string;
  readonly meaning: string;
}

/** The language in a few lines; a test reads each of them. */
export const filterReference: readonly FilterExample[] = [
  { example: 'dog', meaning: 'dog in caption, tags or file name, capital or small' },
  { example: 'caption:"a dog"', meaning: 'these words in a caption' },
  { example: 'caption:/dogs?\\b/i', meaning: 'a regular expression; i: capital or small' },
  { example: 'caption:""', meaning: 'no caption yet' },
  { example: 'tag:blurry', meaning: 'the tag blurry, not blurry sky' },
  { example: 'tag:blur*', meaning: 'tags that begin with blur' },
  { example: '-tag:blurry', meaning: 'without this tag' },
  { example: 'cat OR dog', meaning: 'one of them; side by side means both' },
  { example: 'folder:holiday -(cat OR dog)', meaning: 'brackets keep together' },
  { example: 'words:<5', meaning: 'numbers: < <= > >= =; also tokens, characters, captions, tags, width, height' },
  { example: 'tokens:60..77', meaning: 'from 60 to 77, both included' },
  { example: 'size:>2M', meaning: 'files above two million bytes; k for thousands' },
  { example: 'score:cider<0.5', meaning: 'a score by its name: computed for this caption, or read with it' },
  { example: 'score:clip<0.2', meaning: 'also clip_score or CLIPScore of a data set' },
  { example: 'state:failed', meaning: 'also waiting, done' },
  { example: 'style:"concise" by:model', meaning: 'the style and who wrote the caption: person, model, file, rule' },
  { example: 'flag:loop OR flag:unfinished', meaning: 'what may be wrong with the caption' },
  { example: 'is:edited', meaning: 'also accepted, selected, duplicate, broken' },
];

/** Writes the reference as lines of text. */
export function sayFilterReference(): string {
  const width = Math.max(...filterReference.map(({ example }) => example.length)) + 2;
  return filterReference.map(({ example, meaning }) => `${example.padEnd(width)}${meaning}`).join('\n');
}
