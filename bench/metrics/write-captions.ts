/** @file Writes made-up captions and references into a folder, for the page to read: `FOLDER PICTURES REFERENCES WORDS`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCaptions } from './captions.ts';

const [folder = '.', ...counts] = process.argv.slice(2);
const [pictureCount = 5000, referenceCount = 5, wordCount = 0] = counts.map(Number);
const captions = makeCaptions(pictureCount * (referenceCount + 1), wordCount);
const files = Array.from({ length: pictureCount }, (_, i) => `${String(i)}.jpg`);
const references = files.map((file, i) => [file, captions.slice(i * referenceCount, (i + 1) * referenceCount)] as const);
writeFileSync(join(folder, 'references.json'), JSON.stringify(Object.fromEntries(references)));
const hypotheses = captions.slice(pictureCount * referenceCount);
writeFileSync(join(folder, 'captions.jsonl'), files.map((file, i) => JSON.stringify({ file, caption: hypotheses[i] })).join('\n'));
