/** @file The text of one caption as it is written: whole characters, no leading space, nothing of a stop string. */

import { countHeldBack, findStop } from './stop-strings.ts';
import { type Decode, makeStreamDecoder } from './stream-decoder.ts';

/** What a caption's text is made with. */
export interface TextStreamSpec {
  readonly decode: Decode;
  /** Tokens that the caption was made to begin with; their text comes first and is not searched for stop strings. */
  readonly startIds: readonly number[];
  readonly stopStrings: readonly string[];
}

/** The text of a caption that is being written. */
export interface TextStream {
  /** Everything that may be shown by now. */
  readonly text: string;
  /** A stop string came: no more tokens are needed, and further ones are ignored. */
  readonly isStopped: boolean;
  /** Takes the next token and gives the text that it adds. */
  push(id: number): string;
  /** Gives out what was held back; the text is then final. */
  finish(): string;
}

/** Makes the stream of one caption's text. */
export function makeTextStream(spec: TextStreamSpec): TextStream {
  const decoder = makeStreamDecoder(spec.decode);
  const start = spec.startIds
    .map((id) => decoder.push(id))
    .join('')
    .trimStart();
  let text = start;
  let held = '';
  let isStopped = false;

  const add = (piece: string, isLast: boolean): string => {
    held += text === '' && held === '' ? piece.trimStart() : piece;
    const stop = findStop(held, spec.stopStrings);
    isStopped = stop >= 0;
    const end = isStopped ? stop : held.length - (isLast ? 0 : countHeldBack(held, spec.stopStrings));
    const delta = held.slice(0, end);
    text += delta;
    held = isStopped ? '' : held.slice(end);
    return delta;
  };
  return {
    get text() {
      return text;
    },
    get isStopped() {
      return isStopped;
    },
    push: (id) => (isStopped ? '' : add(decoder.push(id), false)),
    finish: () => (isStopped ? '' : add(decoder.finish(), true)),
  };
}
