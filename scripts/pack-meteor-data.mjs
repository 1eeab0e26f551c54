/** @file Packs METEOR's data files into the two that the studio loads: word lists and paraphrase table, each gzip-compressed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, gzipSync } from 'node:zlib';

const usage = `node scripts/pack-meteor-data.mjs SOURCE [TARGET]
  SOURCE  folder with english.synsets, english.exceptions, function-english.words, nonbreaking-english.prefixes and paraphrase-en.mpt.br
  TARGET  where to write lexicon.dat and paraphrases.dat (public/metrics/meteor unless told)`;

/**
 * @typedef {object} LexiconSources texts of METEOR's files
 * @property {string} synsets pairs of lines: a word, its synset numbers
 * @property {string} exceptions pairs of lines: a base, its irregular forms
 * @property {string} functionWords one a line
 * @property {string} prefixes one a line, with comments
 */

/**
 * Packs the word lists (format MLX1; see src/core/metric/meteor/lexicon.ts).
 *
 * @param {LexiconSources} sources
 * @returns {Buffer}
 */
export function packLexicon(sources) {
  const entries = pairsOfLines(sources.synsets)
    .map(([word, numbers]) => ({ word, numbers: numbers.split(' ').map(Number) }))
    .sort((a, b) => (a.word < b.word ? -1 : 1));
  const numbers = [...new Set(entries.flatMap((entry) => entry.numbers))].sort((a, b) => a - b);
  const places = new Map(numbers.map((number, place) => [number, place]));
  const members = entries.flatMap((entry) => entry.numbers.map((number) => places.get(number) ?? 0).sort((a, b) => a - b));
  const shared = entries.map((entry, index) => sharedLetters(entries[index - 1]?.word ?? '', entry.word));
  const streams = [
    Buffer.from(lines(sources.functionWords).join('\n')),
    Buffer.from(
      lines(sources.prefixes)
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.trim())
        .join('\n'),
    ),
    Buffer.from(lines(sources.exceptions).join('\n')),
    bytes(shared),
    Buffer.from(entries.map((entry, index) => entry.word.slice(shared[index])).join('\n')),
    bytes(entries.map((entry) => entry.numbers.length)),
    varints(numbers.map((number, place) => number - (numbers[place - 1] ?? 0))),
    ...[0, 8, 16].map((shift) => bytes(members.map((member) => (member >> shift) & 255))),
  ];
  return packFile('MLX1', [entries.length, numbers.length, members.length], streams);
}

/** @param {string} mark @param {number[]} numbers @param {Buffer[]} streams */
function packFile(mark, numbers, streams) {
  const header = Buffer.alloc(4 * (numbers.length + streams.length));
  [...numbers, ...streams.map((stream) => stream.length)].forEach((number, index) => header.writeUInt32LE(number, 4 * index));
  return Buffer.concat([Buffer.from(mark), header, ...streams]);
}

/** @param {string} text */
function lines(text) {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** @param {string} text @returns {[string, string][]} */
function pairsOfLines(text) {
  const all = lines(text);
  return Array.from({ length: all.length / 2 }, (_, index) => [all[2 * index] ?? '', all[2 * index + 1] ?? '']);
}

/** @param {string} before @param {string} word */
function sharedLetters(before, word) {
  let shared = 0;
  while (shared < Math.min(before.length, word.length, 255) && before[shared] === word[shared]) shared++;
  return shared;
}

/** @param {number[]} values */
function bytes(values) {
  const tooLarge = values.find((value) => value > 255);
  if (tooLarge !== undefined) throw new RangeError(`${String(tooLarge)} does not fit into a byte`);
  return Buffer.from(values);
}

/** @param {number[]} values */
function varints(values) {
  /** @type {number[]} */
  const out = [];
  for (let value of values) {
    for (; value > 127; value = Math.floor(value / 128)) out.push(value % 128 | 128);
    out.push(value);
  }
  return Buffer.from(out);
}

/** @param {string} path @param {Buffer} content */
function writeCompressed(path, content) {
  const compressed = gzipSync(content, { level: 9 });
  writeFileSync(path, compressed);
  console.log(`${path}: ${String(compressed.length)} bytes, ${String(content.length)} when read`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [source, target = 'public/metrics/meteor'] = process.argv.slice(2);
  if (source === undefined) {
    console.error(usage);
    process.exit(2);
  }
  /** @param {string} name */
  const text = (name) => readFileSync(join(source, name), 'utf8');
  mkdirSync(target, { recursive: true });
  writeCompressed(
    join(target, 'lexicon.dat'),
    packLexicon({
      synsets: text('english.synsets'),
      exceptions: text('english.exceptions'),
      functionWords: text('function-english.words'),
      prefixes: text('nonbreaking-english.prefixes'),
    }),
  );
  writeCompressed(join(target, 'paraphrases.dat'), brotliDecompressSync(readFileSync(join(source, 'paraphrase-en.mpt.br'))));
}
