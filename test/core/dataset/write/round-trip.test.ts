/** @file Every format: what goes out comes back the same, whatever captions and names it has to hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileEntry, OutputFile } from '../../../../src/core/archive/file-entry.ts';
import { openTar } from '../../../../src/core/archive/read-tar.ts';
import { openZip } from '../../../../src/core/archive/read-zip.ts';
import { writeTar } from '../../../../src/core/archive/write-tar.ts';
import { writeZip } from '../../../../src/core/archive/write-zip.ts';
import { memorySource } from '../../../../src/core/codec/byte-source.ts';
import { makeItem, type DatasetItem } from '../../../../src/core/dataset/item.ts';
import { readDataset } from '../../../../src/core/dataset/read/read-dataset.ts';
import { exportFormats, isExportFormat, type ExportFormat } from '../../../../src/core/dataset/write/export-format.ts';
import { outputFiles, planExport, previewExport, type ExportPlan } from '../../../../src/core/dataset/write/plan-export.ts';

const formats = Object.keys(exportFormats).filter(isExportFormat);

const item = (path: string, texts: readonly string[], known: Partial<DatasetItem> = {}): DatasetItem =>
  makeItem(path, { byteLength: 3, captions: texts.map((text) => ({ text, author: { kind: 'person' } })), ...known });

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Writes a plan into archives and reads them again. */
async function throughArchives(plan: ExportPlan): Promise<readonly DatasetItem[]> {
  const picture = (path: string): Promise<Uint8Array> => Promise.resolve(Buffer.from(path));
  const entries: FileEntry[] = [];
  for (const { files } of plan.shards) {
    const packed = await collect(writeTar(outputFiles(files, picture)));
    entries.push(...(await openTar(memorySource('shard', packed))));
  }
  if (plan.files.length > 0) {
    const packed = await collect(writeZip(outputFiles(plan.files, picture) as AsyncIterable<OutputFile>));
    entries.push(...(await openZip(memorySource('zip', packed))));
  }
  return (await readDataset(entries)).items;
}

/** Pictures by the path that they had before. */
function byOldPath(items: readonly DatasetItem[], plan: ExportPlan): ReadonlyMap<string, DatasetItem> {
  const old = new Map(plan.renamed.map(({ from, to }) => [to, from]));
  return new Map(items.map((one) => [old.get(one.path) ?? one.path, one]));
}

const nastyCaptions = [
  'A dog.',
  ' leading and trailing ',
  'two\nlines',
  'three\r\n\r\nlines\r\n',
  'ends with return\r',
  '\n\nbegins with line ends',
  'say "hi", she said; it\'s | fine\ttabs',
  '=HYPERLINK("http://x","y")',
  "'-1 and ''+2",
  '@SUM(A1)',
  '＝1',
  '<img src=x onerror=alert(1)> & &amp; &#10;',
  '😀👩‍👩‍👧 漢字 עברית e\u0301 \u202E',
  '{"file":"b.jpg"}',
  '# heading\n---\nfoo: bar',
  '\uFEFFmark',
  'a.jpg#0\tnot a token file',
  'x'.repeat(5000),
  'NaN',
  '1',
  'null',
];

const nastyNames = [
  'plain.jpg',
  'with space and (brackets).png',
  'nested/deep/ünï 漢😀.webp',
  'nested/e\u0301.jpg',
  'nested/é.jpg',
  'quote\'s "double".jpg',
  'semi;colon,comma.jpg',
  'CON.jpg',
  'same.jpg',
  'same.png',
  'Same.JPG',
  'dots.in.name.jpg',
  '-rf.jpg',
  '=cmd.jpg',
  '100% #1?.jpg',
  `${'long'.repeat(60)}.jpg`,
  '..jpg/..hidden.jpg',
  'a & <b>.jpg',
  'train/1.jpg',
  'back\\slash.jpg',
  'trailing. /x .jpg',
  '  .jpg',
  'blank behind.jpg ',
  'captions.jpg',
  'results.jpg',
  'meta_cap.jpg',
  'metadata.png',
  'up.jpeg',
  'a/..\\up.jpg',
];

const nasty = nastyNames.map((path, i) =>
  item(path, [nastyCaptions[i % nastyCaptions.length] ?? '', `second ${String(i)}`], { tags: ['tag one', `t${String(i)}`] }),
);

function expectSame(format: ExportFormat, before: readonly DatasetItem[], after: ReadonlyMap<string, DatasetItem>): void {
  const { holdsAll, holdsTags } = exportFormats[format];
  for (const one of before) {
    const found = after.get(one.path);
    const texts = one.captions.map(({ text }) => text);
    expect(
      found?.captions.map(({ text }) => text),
      `${format}: ${one.path}`,
    ).toEqual(holdsAll ? texts : texts.slice(0, 1));
    if (holdsTags) expect(found?.tags, `${format}: tags of ${one.path}`).toEqual(one.tags);
  }
}

describe.each(formats)('%s', (format) => {
  const options = { format, withPictures: true, name: 'Test <set>' } as const;

  it('brings back nasty captions under nasty names', async () => {
    const plan = planExport(nasty, options);
    const items = await throughArchives(plan);
    expect(items).toHaveLength(nasty.length);
    expectSame(format, nasty, byOldPath(items, plan));
  });

  it('brings back any captions and tags', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', ' ', '\n', '\r', '"', "'", ',', '=', '-', '<', '&', 'é', '😀', '.', '\t', ';'),
      minLength: 1,
      maxLength: 12,
    });
    const caption = text.filter((one) => one.trim() !== '');
    const tag = fc
      .string({ unit: fc.constantFrom('a', 'b', ' ', '(', '"', '😀'), minLength: 1, maxLength: 8 })
      .map((one) => `t${one.trim()}`);
    const some = fc.array(fc.record({ captions: fc.uniqueArray(caption, { maxLength: 3 }), tags: fc.uniqueArray(tag, { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(some, async (contents) => {
        const items = contents.map(({ captions, tags }, i) => item(`${String(i)}.jpg`, captions, { tags }));
        const plan = planExport(items, options);
        expectSame(format, items, byOldPath(await throughArchives(plan), plan));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps splits where it can hold them, and says so where it cannot hold something', async () => {
    const items = [
      item('a.jpg', ['one'], { split: 'train', metadata: { artist: 'x' } }),
      item('b.jpg', ['two', 'three'], { split: 'validation', tags: ['t'], metadata: { artist: 'y' } }),
      item('c.jpg', []),
    ];
    const plan = planExport(items, options);
    const read = byOldPath(await throughArchives(plan), plan);
    const facts = exportFormats[format];
    if (facts.holdsSplit) expect([read.get('a.jpg')?.split, read.get('b.jpg')?.split]).toEqual(['train', 'validation']);
    if (facts.holdsMetadata) expect(read.get('b.jpg')?.metadata['artist']).toBe('y');
    const said = plan.losses.map(({ message }) => message).join('\n');
    expect(/further captions/u.test(said)).toBe(!facts.holdsAll);
    expect(/tags are left out/u.test(said)).toBe(!facts.holdsTags);
    expect(/further members/u.test(said)).toBe(!facts.holdsMetadata);
    expect(plan.losses.find(({ message }) => message === 'captions are missing')?.examples).toEqual(['c.jpg']);
  });

  it('shows its first rows before anything is written', () => {
    const many = Array.from({ length: 1000 }, (_, i) => item(`${String(i)}.jpg`, [`caption ${String(i)}`]));
    const previews = previewExport(many, options, 3);
    expect(previews[0]?.text).toContain('caption 0');
    expect(previews.map(({ text }) => text).join('').length).toBeLessThan(3000);
  });

  it('names pictures where they lie when they do not go along', async () => {
    const items = [item('a b/1.jpg', ['one']), item('a b/1.png', ['two'])];
    const plan = planExport(items, { ...options, withPictures: false });
    if (format === 'webdataset') return;
    expect(plan.renamed).toEqual([]);
    const pictures = items.map(({ path }) => ({ path, byteLength: 0, read: () => Promise.resolve(new Uint8Array()) }));
    const texts = plan.files.map((file): FileEntry => {
      const bytes = new TextEncoder().encode(file.kind === 'text' ? [...file.write()].join('') : '');
      return { path: file.path, byteLength: bytes.length, read: () => Promise.resolve(bytes) };
    });
    const { items: read } = await readDataset([...pictures, ...texts]);
    expect(read.map(({ captions }) => captions[0]?.text)).toEqual(['one', 'two']);
  });
});

describe('planExport', () => {
  it.each(formats)('tells of halves of letters, and writes no half in %s', async (format) => {
    const half = [item('a.jpg', ['a cut emoji \uD83D'], { tags: ['\uDE00'] })];
    const plan = planExport(half, { format, withPictures: true, name: 'x' });
    const holds = format === 'jsonl';
    expect(plan.losses.some(({ message }) => message.includes('halves of letters'))).toBe(!holds);
    const [back] = await throughArchives(plan);
    expect(back?.captions.map(({ text }) => text)).toEqual([holds ? 'a cut emoji \uD83D' : 'a cut emoji \uFFFD']);
  });

  it('leaves out texts beside pictures of the longest names, and says so', () => {
    const items = [item(`${'x'.repeat(249)}.jpeg`, ['one']), item('a.jpg', ['two'])];
    const { files, losses } = planExport(items, { format: 'caption', withPictures: false, name: 'x' });
    expect(files.map(({ path }) => path)).toEqual(['a.caption']);
    expect(losses.map(({ pictures, message }) => [pictures, message.slice(0, 13)])).toEqual([[1, 'names so long']]);
  });

  it.each(['txt', 'caption'] as const)('gives each picture a text of its own beside it in %s, whatever the names', (format) => {
    const items = ['a.jpeg', 'a.jpg', 'a.jpg.jpg', 'a.jpg.png', 'a.png'].map((path) => item(path, [path], { tags: ['t'] }));
    const places = planExport(items, { format, withPictures: false, name: 'x' }).files.map(({ path }) => path);
    expect(new Set(places).size).toBe(places.length);
  });

  it('tells of NUL signs that a web page cannot hold', () => {
    const { losses } = planExport([item('a.jpg', ['a\0b'])], { format: 'html', withPictures: true, name: 'x' });
    expect(losses.map(({ pictures, message }) => [pictures, message.slice(0, 9)])).toEqual([[1, 'NUL signs']]);
  });

  it('gives a picture without a caption no other’s out of COCO results', async () => {
    const items = [item('COCO_val2014_000000000002.jpg', ['two']), item('2.jpg', [])];
    const plan = planExport(items, { format: 'coco-results', withPictures: true, name: 'x' });
    const read = await throughArchives(plan);
    expect(read.map(({ path, captions }) => [path, captions[0]?.text])).toEqual([
      ['COCO_val2014_000000000002.jpg', 'two'],
      ['2.jpg', undefined],
    ]);
  });

  it('cuts WebDataset into shards of a thousand, split by split, every picture once', () => {
    const many = Array.from({ length: 2500 }, (_, i) => item(`${String(i)}.jpg`, ['x'], { split: i < 2100 ? 'train' : 'test' }));
    const { shards } = planExport(many, { format: 'webdataset', withPictures: true, name: 'x' });
    expect(shards.map(({ name, files }) => [name, files.length])).toEqual([
      ['train-000000.tar', 3000],
      ['train-000001.tar', 3000],
      ['train-000002.tar', 300],
      ['test-000000.tar', 1200],
    ]);
  });

  it('puts ImageFolder’s metadata into the folder of each split, names relative to it, and adds a card', () => {
    const items = [item('train/sub/a.jpg', ['one'], { split: 'train' }), item('b.jpg', ['two'], { split: 'test' })];
    const { files } = planExport(items, { format: 'imagefolder-jsonl', withPictures: true, name: 'My set' });
    const texts = Object.fromEntries(files.flatMap((file) => (file.kind === 'text' ? [[file.path, [...file.write()].join('')]] : [])));
    expect(texts['train/metadata.jsonl']).toBe('{"file_name":"sub/a.jpg","text":"one"}\n');
    expect(texts['test/metadata.jsonl']).toBe('{"file_name":"b.jpg","text":"two"}\n');
    expect(texts['README.md']).toContain('| train | 1 |');
    expect(files.flatMap((file) => (file.kind === 'picture' ? [file.path] : []))).toEqual(['train/sub/a.jpg', 'test/b.jpg']);
  });

  it.each(['txt', 'caption', 'imagefolder-jsonl'] as const)('puts no file of %s where the name of a missing picture leads', (format) => {
    const { files } = planExport([item('../../etc/x.jpg', ['one'], { byteLength: null })], { format, withPictures: false, name: 'x' });
    expect(files.some(({ path }) => path.includes('..'))).toBe(false);
  });

  it('puts texts of missing pictures into files of their own, also where their names become one', () => {
    const items = ['.a.jpg', '_a.jpg'].map((path) => item(path, [path], { byteLength: null }));
    const { files } = planExport(items, { format: 'txt', withPictures: false, name: 'x' });
    expect(files.map(({ path }) => path)).toEqual(['_a.txt', '_a (2).txt']);
  });

  it('writes what a spreadsheet would compute as text', () => {
    const { files } = planExport([item('=x.jpg', ['=1+1', '\t@x'])], { format: 'csv', withPictures: false, name: 'x' });
    const [file] = files;
    expect(file?.kind === 'text' && [...file.write()].join('')).toBe("file,caption_1,caption_2\r\n'=x.jpg,'=1+1,'\t@x\r\n");
  });
});
