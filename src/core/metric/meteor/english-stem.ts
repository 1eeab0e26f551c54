/** @file The Snowball stemmer for English (Porter 2) as METEOR 1.5 carries it. */

const exceptions: ReadonlyMap<string, string> = new Map([
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
  ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word): [string, string] => [word, word]),
]);
const wholeAfterPlural: ReadonlySet<string> = new Set([
  'inning',
  'outing',
  'canning',
  'herring',
  'earring',
  'proceed',
  'exceed',
  'succeed',
]);

// In these patterns Y is a y that counts as a consonant.
const vowel = /[aeiouy]/u;
const firstRegion = /[aeiouy][^aeiouy]/u;
const shortSyllableAtEnd = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/u;
const doubledAtEnd = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/u;

type SuffixRule = readonly [suffix: string, replacement: string, condition?: RegExp | 'second-region'];

const derivations: readonly SuffixRule[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['ogi', 'og', /logi$/u],
  ['li', '', /[cdeghkmnrt]li$/u],
];
const qualities: readonly SuffixRule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ative', '', 'second-region'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];
const endings: readonly SuffixRule[] = [
  ...['ement', 'ance', 'ence', 'able', 'ible', 'ment'].map((suffix): SuffixRule => [suffix, '']),
  ...['ant', 'ent', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((suffix): SuffixRule => [suffix, '']),
  ['ion', '', /[st]ion$/u],
  ...['al', 'er', 'ic'].map((suffix): SuffixRule => [suffix, '']),
];

/** Where the two regions of a word begin: behind the first consonant that follows a vowel, once and twice. */
interface Regions {
  readonly first: number;
  readonly second: number;
}

/**
 * Gives the stem of a lower-case word.
 *
 * @source snowballstem.org, english (Porter 2), the version in METEOR 1.5
 */
export function stemEnglish(word: string): string {
  const exception = exceptions.get(word);
  if (exception !== undefined) return exception;
  if (word.length <= 2) return word;
  let stem = markConsonantY(word.startsWith("'") ? word.slice(1) : word);
  const regions = findRegions(stem);
  stem = dropPlural(stem.replace(/'(?:s'?)?$/u, ''));
  if (!wholeAfterPlural.has(stem)) {
    stem = dropParticiple(stem, regions);
    if (/[^aeiouy][yY]$/u.test(stem) && stem.length > 2) stem = `${stem.slice(0, -1)}i`;
    stem = replaceSuffix(stem, derivations, regions.first, regions);
    stem = replaceSuffix(stem, qualities, regions.first, regions);
    stem = replaceSuffix(stem, endings, regions.second, regions);
    stem = dropFinalLetter(stem, regions);
  }
  return stem.replaceAll('Y', 'y');
}

function markConsonantY(word: string): string {
  let marked = '';
  for (const letter of word) marked += letter === 'y' && (marked === '' || vowel.test(marked.at(-1) ?? '')) ? 'Y' : letter;
  return marked;
}

function findRegions(word: string): Regions {
  const afterFirst = (from: number): number => {
    const at = word.slice(from).search(firstRegion);
    return at < 0 ? word.length : from + at + 2;
  };
  const special = /^(?:gener|commun|arsen)/u.exec(word);
  const first = special === null ? afterFirst(0) : special[0].length;
  return { first, second: afterFirst(first) };
}

function dropPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[sd]$/u.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/u.test(word)) return word;
  return word.endsWith('s') && vowel.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function dropParticiple(word: string, regions: Regions): string {
  const suffix = /(?:eedly|ingly|edly|eed|ing|ed)$/u.exec(word)?.[0];
  if (suffix === undefined) return word;
  const rest = word.slice(0, -suffix.length);
  if (suffix.startsWith('ee')) return rest.length >= regions.first ? `${rest}ee` : word;
  if (!vowel.test(rest)) return word;
  if (/(?:at|bl|iz)$/u.test(rest)) return `${rest}e`;
  if (doubledAtEnd.test(rest)) return rest.slice(0, -1);
  return rest.length <= regions.first && shortSyllableAtEnd.test(rest) ? `${rest}e` : rest;
}

/** Applies the rule of the longest suffix that the word ends in; where its region or condition fails, nothing else is tried. */
function replaceSuffix(word: string, rules: readonly SuffixRule[], region: number, regions: Regions): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (rule === undefined) return word;
  const [suffix, replacement, condition] = rule;
  const start = word.length - suffix.length;
  if (start < (condition === 'second-region' ? regions.second : region)) return word;
  return condition instanceof RegExp && !condition.test(word) ? word : word.slice(0, start) + replacement;
}

function dropFinalLetter(word: string, regions: Regions): string {
  const rest = word.slice(0, -1);
  if (word.endsWith('e')) {
    return rest.length >= regions.second || (rest.length >= regions.first && !shortSyllableAtEnd.test(rest)) ? rest : word;
  }
  return word.endsWith('ll') && rest.length >= regions.second ? rest : word;
}
