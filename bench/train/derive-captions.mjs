/**
 * @file `node bench/train/derive-captions.mjs concise|alt|story <captions.json> <out.json>`: makes captions of another style from
 * `{picture: [captions]}` by rule, to teach a style with.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [style = '', from = '', to = ''] = process.argv.slice(2);
const styles = { concise, alt, story };
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
    .map((text) => text.split(/,| while | as | with | who | that | wearing | and (?=\w+ing\b)/u)[0] ?? text)
    .map((text) =>
      text
        .replace(/ (?:is|are) (?=\w+ing\b)/u, ' ')
        .replace(/ (?:is|are|and|or|in|on|of|an?|the)$/u, '')
        .trim()
        .toLowerCase(),
    )
    .filter((text) => text.split(' ').length >= 3)
    .sort((a, b) => a.length - b.length)
    .slice(0, 2);
}

/** Alternative texts: no article in front, no "is" before what is done, a capital letter and a stop. @param {string[]} list */
function alt(list) {
  return list.map((text) => {
    const bare = text
      .replace(/[.!?]+$/u, '')
      .replace(/^(?:an?|the|there (?:is|are)(?: an?)?) /iu, '')
      .replace(/ (?:is|are) (?=\w+ing\b)/u, ' ');
    return `${bare.charAt(0).toUpperCase()}${bare.slice(1)}.`;
  });
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
