/** @file Turns operations into functions from caption to caption. */

import { StudioError } from '../../error.ts';
import { compilePattern, escapePattern } from '../../text/pattern/pattern.ts';
import { findUnfinished } from '../check/unfinished.ts';
import { limitTokens, limitWords } from './limit-length.ts';
import type { CaptionOperation, ReplaceOperation } from './operation.ts';

/** A function that changes a caption, or gives it back as it is. */
export type CaptionCleaner = (caption: string) => string;

/** What operations may need beside themselves. */
export interface CleanContext {
  /** Counts tokens as the trainer will. */
  readonly countTokens?: (text: string) => number;
}

/**
 * Makes one function of operations in their order. A limit leaves room for what later operations put around the caption, so that it holds at the end.
 *
 * @throws {StudioError} 'argument-invalid' for a pattern that is wrong, a limit below 1, or a limit of tokens without a tokenizer
 */
export function makeCleaner(operations: readonly CaptionOperation[], context: CleanContext = {}): CaptionCleaner {
  const steps = operations.map((operation, i) => makeStep(operation, context, aroundOf(operations.slice(i + 1))));
  return (caption) => steps.reduce((text, step) => step(text), caption);
}

/** What operations put around a caption. */
function aroundOf(operations: readonly CaptionOperation[]): CaptionCleaner {
  return makeCleaner(operations.filter(({ kind }) => ['trigger', 'prefix', 'suffix', 'end'].includes(kind)));
}

function makeStep(operation: CaptionOperation, { countTokens }: CleanContext, around: CaptionCleaner): CaptionCleaner {
  switch (operation.kind) {
    case 'replace':
      return makeReplacer(operation);
    case 'case':
      return { lower: (text: string) => text.toLowerCase(), upper: (text: string) => text.toUpperCase(), sentence: toSentenceCase }[
        operation.to
      ];
    case 'spaces':
      return tidySpaces;
    case 'one-line':
      return joinLines;
    case 'punctuation':
      return tidyPunctuation;
    case 'end':
      return (text) => endWith(text, operation.sign);
    case 'opening':
      return dropOpening;
    case 'finish':
      return dropUnfinished;
    case 'list':
      return (text) => tidyList(text, operation.isSorted);
    case 'prefix':
      return (text) => (text === '' || text.startsWith(operation.text) ? text : operation.text + text);
    case 'suffix':
      return (text) => (text === '' || text.endsWith(operation.text) ? text : text + operation.text);
    case 'trigger':
      return makeTrigger(operation.word);
    case 'max-words':
      checkCount(operation.count);
      return (text) => limitWords(text, operation.count, around);
    case 'max-tokens':
      checkCount(operation.count);
      if (countTokens === undefined) throw new StudioError('argument-invalid', 'a limit of tokens needs a tokenizer; choose one');
      return (text) => limitTokens(text, operation.count, (part) => countTokens(around(part)));
    default:
      return operation satisfies never;
  }
}

function makeReplacer({ find, replacement, isPattern, ignoreCase, wholeWords }: ReplaceOperation): CaptionCleaner {
  if (find === '') throw new StudioError('argument-invalid', 'replace: there is nothing to search for');
  const source = isPattern ? find : escapePattern(find);
  const edge = (sign: string): string => (wholeWords && /\w/u.test(sign) ? '\\b' : '');
  const [first, last] = isPattern ? ['w', 'w'] : [find.charAt(0), find.charAt(find.length - 1)];
  const pattern = compilePattern(`${edge(first)}(?:${source})${edge(last)}`, { ignoreCase });
  const put = isPattern ? replacement : replacement.replaceAll('$', '$$$$');
  return (text) => pattern.replaceAll(text, put);
}

/** A capital at the beginning and after each end of a sentence; other letters stay, since names keep their capitals. */
function toSentenceCase(text: string): string {
  return text.replaceAll(/(?:^|[.!?]["'”’)]?\s+)["'“‘(]?\p{Ll}/gu, (start) => start.toUpperCase());
}

/** Joins the lines of a text to one, with a blank between. */
export function joinLines(text: string): string {
  return text
    .split(/[\r\n]/u)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** Line ends stay, blanks beside them do not. */
function tidySpaces(text: string): string {
  return text
    .replaceAll(/[^\S\r\n]+/gu, ' ')
    .replaceAll(/ ?(?<end>\r?\n|\r) ?/gu, '$<end>')
    .replaceAll(/ +(?=[,.;:!?)\]](?:\s|$))/gu, '')
    .trim();
}

function tidyPunctuation(text: string): string {
  return text
    .replaceAll(/[“”„«»]/gu, '"')
    .replaceAll(/[‘’‚]/gu, "'")
    .replaceAll(/\.{4,}/gu, '...')
    .replaceAll(/(?<![.!?])(?<sign>[,.;:!?])(?:\s*\k<sign>)+(?![.!?])/gu, (signs: string, sign: string) =>
      /^\.{3}$/u.test(signs) ? signs : sign,
    )
    .replaceAll(/[,;:]\s*(?=[.!?](?:\s|$))/gu, '')
    .replaceAll(/(?<sign>[,;])(?=\p{L})/gu, '$<sign> ')
    .replaceAll(/^[\s,;:.!?]+(?=\p{L})/gu, '');
}

function endWith(text: string, sign: '.' | ''): string {
  const bare = text.trimEnd();
  if (sign === '') return bare.replace(/(?<!\.)\.$/u, '');
  return bare === '' || /[.!?…]["'”’)\]]*$/u.test(bare) ? bare : `${bare.replace(/[,;:–—-]+$/u, '')}.`;
}

/** How models begin captions without saying anything; what follows gets the capital. */
const opening =
  /^\s*(?:(?:the|this|in (?:the|this))\s+(?:image|picture|photo|photograph|scene)\s*,?\s*(?:(?:shows?|depicts?|features?|captures?|displays?|presents?|portrays?|contains?|is of|is showing|there (?:is|are)|we (?:can )?see|you (?:can )?see)\s+)?|(?:(?:an?|the)\s+(?:image|picture|photo|photograph)\s+(?:of|showing|depicting|that shows)\s+)|(?:here (?:is|are)|(?:we|you|i) (?:can )?see)\s+)/iu;

function dropOpening(text: string): string {
  const rest = text.replace(opening, '');
  const isWhole = rest === text || !/^[\p{L}\p{N}"'“(]/u.test(rest) || /^(?:is|are|was|were|has|have|of|in|on|by)\b/iu.test(rest);
  return isWhole ? text : rest.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** Only a caption with a whole sentence before is cut; half a sentence is better than none. */
function dropUnfinished(text: string): string {
  if (findUnfinished(text).length === 0) return text;
  return /^[^]*[.!?]["'”’)\]]*(?=\s)/u.exec(text)?.[0] ?? text;
}

function tidyList(text: string, isSorted: boolean): string {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length < 2) return text;
  const seen = new Set<string>();
  const once = parts.filter((part) => {
    const key = part.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return (isSorted ? once.toSorted((a, b) => a.localeCompare(b, 'en')) : once).join(', ');
}

function makeTrigger(word: string): CaptionCleaner {
  if (word.trim() === '') throw new StudioError('argument-invalid', 'the trigger word is empty');
  const there = compilePattern(`(?:^|[^\\p{L}\\p{N}])${escapePattern(word)}(?:$|[^\\p{L}\\p{N}])`, { ignoreCase: true });
  return (text) => (there.isIn(text) ? text : text === '' ? word : `${word}, ${text}`);
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new StudioError('argument-invalid', `a limit of ${String(count)} leaves nothing; choose 1 or more`);
}
