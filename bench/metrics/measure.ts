/** @file Times the caption metrics on captions made up from a fixed vocabulary: how long each takes for so many pictures. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { scoreBleu } from '../../src/core/metric/bleu.ts';
import { scoreDraws } from '../../src/core/metric/bootstrap.ts';
import { createReferenceSet, prepareCaption } from '../../src/core/metric/caption-set.ts';
import { readChairData } from '../../src/core/metric/chair/chair.ts';
import { scoreChair } from '../../src/core/metric/chair/chair-result.ts';
import { scoreCider } from '../../src/core/metric/cider.ts';
import { countDocumentFrequencies } from '../../src/core/metric/document-frequency.ts';
import { readMeteorData } from '../../src/core/metric/meteor/data.ts';
import { scoreMeteor } from '../../src/core/metric/meteor-result.ts';
import { scoreRouge } from '../../src/core/metric/rouge.ts';
import { finish } from '../../src/core/metric/steps.ts';
import { measureDiversity } from '../../src/core/metric/style/diversity.ts';
import { measureStyle } from '../../src/core/metric/style/style.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { makeCaptions } from './captions.ts';

const [pictureCount = 5000, referenceCount = 5, wordCount = 0] = process.argv.slice(2).map(Number);
const data = new URL('public/metrics/', `file://${process.cwd()}/`);
const text = (name: string): string => readFileSync(new URL(name, data), 'utf8');
const packed = (name: string): Uint8Array => gunzipSync(readFileSync(new URL(name, data)));

const captions = makeCaptions(pictureCount * (referenceCount + 1), wordCount);
const words = captions.reduce((sum, caption) => sum + caption.split(' ').length, 0) / captions.length;
console.log(
  `${String(pictureCount)} captions × ${String(referenceCount)} references, ${words.toFixed(1)} words each; Node ${process.version}`,
);

const builder = createReferenceSet();
const { set } = builder;
const tokenise = time('tokenise and count', () => {
  for (let i = 0; i < pictureCount; i++)
    builder.add({ file: String(i), references: captions.slice(i * referenceCount, (i + 1) * referenceCount) });
  return captions.slice(pictureCount * referenceCount).map((caption) => prepareCaption(caption, set));
});
const hypotheses = tokenise.value;
const frequencies = time('document frequencies', () => finish(countDocumentFrequencies(set)));
const bleu = time('BLEU-1 to BLEU-4', () => finish(scoreBleu(hypotheses, set.references, set.index)));
const rouge = time('ROUGE-L', () => finish(scoreRouge(hypotheses, set.references)));
const cider = time('CIDEr', () =>
  finish(scoreCider(hypotheses, set.references, { index: set.index, frequencies: frequencies.value, variant: 'd' })),
);
report('BLEU, ROUGE-L and CIDEr with tokenising', [tokenise, frequencies, bleu, rouge, cider]);

const sixScores = [bleu.value, rouge.value, cider.value];
const scored = time('95 % intervals of the six scores, 1,000 draws', () =>
  finish(scoreDraws(sixScores, pictureCount, { draws: 1000, source: makeRandom(1) })),
);
report('BLEU, ROUGE-L and CIDEr with intervals', [tokenise, frequencies, bleu, rouge, cider, scored]);

const chairData = readChairData({ synonyms: text('chair/synonyms.txt'), singular: text('chair/singularize-rules.json') });
const chair = time('CHAIR', () => finish(scoreChair({ files: set.files, hypotheses, references: set.references }, { data: chairData })));
const style = time('measures of style', () => [finish(measureStyle(hypotheses, set)), finish(measureDiversity(hypotheses, set.index))]);
const meteorData = time('load METEOR’s data', () =>
  readMeteorData({ lexicon: packed('meteor/lexicon.dat'), paraphrases: packed('meteor/paraphrases.dat') }),
);
const meteor = time('METEOR', () => finish(scoreMeteor(hypotheses, set.references, { data: meteorData.value })));
report('everything', [tokenise, frequencies, bleu, rouge, cider, scored, chair, style, meteorData, meteor]);

interface Timing<T> {
  readonly value: T;
  readonly elapsedMs: number;
  /** Time on the processor, which other work does not lengthen. */
  readonly processorMs: number;
}

function time<T>(what: string, work: () => T): Timing<T> {
  const start = performance.now();
  const before = process.cpuUsage();
  const value = work();
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const timing = { value, elapsedMs, processorMs: (user + system) / 1000 };
  print(what, timing);
  return timing;
}

function report(what: string, parts: readonly Timing<unknown>[]): void {
  const sum = (key: 'elapsedMs' | 'processorMs'): number => parts.reduce((total, part) => total + part[key], 0);
  print(`= ${what}`, { elapsedMs: sum('elapsedMs'), processorMs: sum('processorMs') });
}

function print(what: string, { elapsedMs, processorMs }: Omit<Timing<unknown>, 'value'>): void {
  console.log(`${what.padEnd(46)}${elapsedMs.toFixed(0).padStart(7)} ms,${processorMs.toFixed(0).padStart(7)} ms of the processor`);
}
