/** @file Captions that stop in the middle, as when a limit of tokens cut them. */

import { findWords } from '../../text/words.ts';
import type { CaptionFlag } from './flag.ts';

/** English words after which something has to come. */
const leading: ReadonlySet<string> = wordSet(
  'a an the this these his its their my your our and or but nor of as than which who whose where while when because if is are was were be ' +
    'has have had can could will would may might must shall should very such',
);

/** English words that may end a short phrase, as in “what it is for”, and hardly a longer one. */
const relating: ReadonlySet<string> = wordSet(
  'in on at by for from to with into onto over under between behind near beside above below during through across towards toward',
);

/** A caption of fewer words that ends with one of the two was meant so. */
const minWords = { leading: 3, relating: 6 };

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}

/** Finds a caption's end that promises more. */
export function findUnfinished(caption: string): readonly CaptionFlag[] {
  const text = caption.trimEnd();
  const flag = (message: string, start: number): readonly CaptionFlag[] => [{ name: 'unfinished', message, place: [start, text.length] }];
  const words = findWords(text);
  const last = words.at(-1);
  if (last === undefined) return [];
  const open = findOpenBracket(text);
  if (open !== null) return flag(`“${text.charAt(open)}” is opened and never closed`, open);
  const tail = text.slice(last.end);
  if (/^\s*[:;–—-]$/u.test(tail) || (tail === ',' && !isTagList(text))) return flag(`it ends with “${tail.trim()}”`, last.end);
  const isOpen =
    (words.length >= minWords.leading && leading.has(last.word)) || (words.length >= minWords.relating && relating.has(last.word));
  if (isOpen && tail === '') return flag(`it ends with “${last.word}”`, last.start);
  const { before = '', rest } = /^(?<before>[^]*[.!?]["'”’)\]]*\s+)(?<rest>\p{Lu}[^.!?]*[\p{L}\p{N}])$/u.exec(text)?.groups ?? {};
  // A point after fewer words stands for an abbreviation: “Mr. Smith”.
  if (rest !== undefined && findWords(before).length >= minWords.leading) return flag('its last sentence has no end', before.length);
  return [];
}

/** Trainers' lists of tags end with a comma now and then. */
function isTagList(text: string): boolean {
  const parts = text.split(',');
  return parts.length > 3 && parts.every((part) => findWords(part).length <= 3);
}

function findOpenBracket(text: string): number | null {
  const open: number[] = [];
  for (const { 0: sign, index } of text.matchAll(/[()[\]“”]/gu)) {
    if ('([“'.includes(sign)) open.push(index);
    else if (text.charAt(open.at(-1) ?? -1) === partners[sign]) open.pop();
    else return null; // a smiley or a list “a) b)”: brackets mean something else here
  }
  return open[0] ?? null;
}

const partners: Readonly<Record<string, string>> = { ')': '(', ']': '[', '”': '“' };
