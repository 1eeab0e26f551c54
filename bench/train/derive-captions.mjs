/**
 * @file `node bench/train/derive-captions.mjs concise|tags|story <captions.json> <out.json>`: makes captions of another style from
 * `{picture: [captions]}` by rule, to teach a style with.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [style = '', from = '', to = ''] = process.argv.slice(2);
const styles = { concise, tags, story };
if (!Object.hasOwn(styles, style) || to === '') {
  console.error(`usage: node bench/train/derive-captions.mjs ${Object.keys(styles).join('|')} <captions.json> <out.json>`);
  process.exit(2);
}
/** @type {Record<string, string[]>} */
const captions = JSON.parse(readFileSync(from, 'utf8'));
const derive = styles[/** @type {keyof typeof styles} */ (style)];
const derived = Object.fromEntries(
  Object.entries(captions)
    .map(([file, list]) => /** @type {const} */ ([file, [...new Set(derive(list.map(plain)))]]))
    .filter(([, list]) => list.length > 0),
);
writeFileSync(to, JSON.stringify(derived));
console.log(`${String(Object.keys(derived).length)} pictures; ${Object.values(derived).slice(0, 5).flat().slice(0, 6).join(' | ')}`);

/** A caption without the blanks before its stops. @param {string} text */
function plain(text) {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/ ([.,!?])/gu, '$1')
    .trim();
}

/** The two shortest captions, cut before what is only added, without article and stop. @param {string[]} list */
function concise(list) {
  return list
    .map((text) => text.replace(/[.!?]+$/u, '').replace(/^(?:an?|the|this is an?|there (?:is|are)(?: an?)?) /iu, ''))
    .map((text) => (text.split(/,| while | as | with | who | that | wearing | and (?=\w+ing\b)/u)[0] ?? text).trim().toLowerCase())
    .filter((text) => text.split(' ').length >= 3)
    .sort((a, b) => a.length - b.length)
    .slice(0, 2);
}

/** The things that at least two of the captions name, those that most name first. @param {string[]} list */
function tags(list) {
  const counts = new Map();
  for (const text of list) {
    const words = new Set(
      text
        .toLowerCase()
        .replace(/[^a-z\s-]/gu, ' ')
        .split(/\s+/u)
        .map(singular)
        .filter(isThing),
    );
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const named = [...counts].filter(([, count]) => count >= 2).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return named.length < 2
    ? []
    : [
        named
          .slice(0, 5)
          .map(([word]) => word)
          .join(', '),
      ];
}

/** @param {string} word */
function singular(word) {
  const known = { men: 'man', women: 'woman', children: 'child', people: 'people', kids: 'child', kid: 'child', glasses: 'glasses' };
  if (Object.hasOwn(known, word)) return known[/** @type {keyof typeof known} */ (word)];
  return /[^su]s$/u.test(word) && word.length > 3 ? word.replace(/(?<=sh|ch|x)es$|s$/u, '') : word;
}

/** Words that are no things: those that captions need for their grammar, and what things do or are like. @param {string} word */
function isThing(word) {
  const others =
    'a an the of in on at to with and or by for from is are be being it its his her their there this that these those he she they who which while as into onto through over under up down out off near next front behind around between along across against above below beside inside outside another other each one two three four five six several many some group couple pair very large small big little long young old older tall black white brown red blue green yellow orange pink purple gray grey tan dark light blond blonde colorful bright wet dry snowy grassy sandy rocky wooden stand sit run jump play walk look hold wear ride lie lay climb catch throw swim leap perform pose smile get take make go do eat watch dressed covered filled background side top back edge middle something someone has have had not no all both what where when together away about like';
  return word.length > 2 && !word.endsWith('ing') && !new Set(others.split(' ')).has(word);
}

/** Captions as the beginning of a tale, told in the past; those without a verb that the rules know are left out. @param {string[]} list */
function story(list) {
  return list.flatMap((text) => {
    const bare = text.replace(/[.!?]+$/u, '');
    const past = toPast(bare);
    return past === null ? [] : [`Once upon a time, ${past.charAt(0).toLowerCase()}${past.slice(1)}.`];
  });
}

/** @param {string} text */
function toPast(text) {
  const verbs = {
    ...{
      is: 'was',
      are: 'were',
      has: 'had',
      have: 'had',
      sits: 'sat',
      sit: 'sat',
      stands: 'stood',
      stand: 'stood',
      runs: 'ran',
      run: 'ran',
    },
    ...{ holds: 'held', hold: 'held', wears: 'wore', rides: 'rode', ride: 'rode', lies: 'lay', lays: 'lay', swims: 'swam', leaps: 'leapt' },
    ...{
      catches: 'caught',
      throws: 'threw',
      jumps: 'jumped',
      jump: 'jumped',
      plays: 'played',
      play: 'played',
      walks: 'walked',
      walk: 'walked',
    },
    ...{ looks: 'looked', look: 'looked', climbs: 'climbed', poses: 'posed', pose: 'posed', smiles: 'smiled', performs: 'performed' },
    ...{
      watches: 'watched',
      watch: 'watched',
      carries: 'carried',
      chases: 'chased',
      does: 'did',
      makes: 'made',
      takes: 'took',
      goes: 'went',
    },
    ...{ gets: 'got', hits: 'hit', kicks: 'kicked', pulls: 'pulled', splashes: 'splashed', slides: 'slid', flies: 'flew', rests: 'rested' },
  };
  const words = text.split(' ');
  const at = words.findIndex((word) => Object.hasOwn(verbs, word));
  if (at > 0) return words.map((word) => (Object.hasOwn(verbs, word) ? verbs[/** @type {keyof typeof verbs} */ (word)] : word)).join(' ');
  const doing = words.findIndex(
    (word, i) => i > 0 && i < 6 && /^[a-z]{2,}ing$/u.test(word) && !/^(?:building|clothing|swing|string|ring)$/u.test(word),
  );
  if (doing < 1) return null;
  const isMany =
    /^(?:two|three|four|five|several|many|some|people|men|women|children|dogs|boys|girls|kids)\b/iu.test(text) ||
    / and /u.test(words.slice(0, doing).join(' '));
  return [...words.slice(0, doing), isMany ? 'were' : 'was', ...words.slice(doing)].join(' ');
}
