/** @file Cuts English text into tokens as the Penn Treebank does, and captions into the tokens that caption metrics count. */

import { present } from '../../error.ts';
import { compileMatcher, type Matcher } from './matcher.ts';
import { sequence } from './pattern.ts';
import { makeTokenRules } from './rules.ts';
import type { TokenRule } from './token-rule.ts';

/** Cuts text into tokens. */
export interface PtbTokenizer {
  /** Gives the tokens of one line, in small letters, punctuation included. */
  readonly tokens: (line: string) => readonly string[];
  /** Gives the tokens of a caption that metrics count: those of the line without punctuation. */
  readonly captionTokens: (caption: string) => readonly string[];
}

/**
 * Makes a tokenizer. Its automaton grows with what it reads, so one is worth keeping for a whole evaluation.
 *
 * Line separators inside of a caption are blanks here; in the reference all but the newline break a caption in two, which shifts every later one.
 *
 * @source Stanford CoreNLP 3.4.1 `PTBTokenizer -preserveLines -lowerCase`, as pycocoevalcap 1.2 runs it
 */
export function createPtbTokenizer(): PtbTokenizer {
  const rules = makeTokenRules();
  const matcher = compileMatcher(rules.map((rule) => (rule.before === undefined ? rule.match : sequence(rule.match, rule.before))));
  const splitters = rules.map((rule) => makeSplitter(rule));
  const tokens = (line: string): readonly string[] => {
    // The reference reads on into the next line to decide about the last token; a small letter there changes nothing.
    const text = `${line}\na`;
    const found: string[] = [];
    let start = 0;
    while (start < line.length) {
      const match = matcher.longest(text, start);
      if (match === null) {
        start++;
        continue;
      }
      const rule = present(rules[match.pattern], 'token rule');
      let end = splitters[match.pattern]?.(text, start, match.end) ?? match.end;
      const matched = text.slice(start, end);
      end -= rule.putBack ?? 0;
      if (rule.write !== null) {
        const token = rule.keepsPutBack === true ? matched : text.slice(start, end);
        found.push((rule.write?.(token) ?? token).toLowerCase());
      }
      start = end;
    }
    return found;
  };
  return { tokens, captionTokens: (caption) => tokens(caption).filter((token) => !punctuation.has(token)) };
}

/** The punctuation that pycocoevalcap drops. Brackets are listed there in capitals and so stay, since tokens are in small letters. */
const punctuation: ReadonlySet<string> = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';']);

/** Gives a function that finds where the token ends when the match also holds what must follow: as late as both parts allow. */
function makeSplitter(rule: TokenRule): ((text: string, start: number, end: number) => number) | undefined {
  if (rule.before === undefined) return undefined;
  const head: Matcher = compileMatcher([rule.match]);
  const tail: Matcher = compileMatcher([rule.before]);
  return (text, start, end) => {
    for (let middle = end - 1; middle > start; middle--) {
      if (tail.covers(text, middle, end) && head.covers(text, start, middle)) return middle;
    }
    return end;
  };
}
