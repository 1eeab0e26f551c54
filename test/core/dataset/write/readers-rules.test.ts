/**
 * @file What the readers of exports ask of them, restated from their sources: a data set that breaks one of these rules loads, here, and nowhere
 * else.
 *
 * @source Hugging Face datasets 5.2, folder_based_builder.py; kohya-ss/sd-scripts, library/train_util.py at 0005867: DreamBoothDataset.read_caption,
 * FineTuningDataset, glob_images, IMAGE_EXTENSIONS
 */
import { describe, expect, it } from 'vitest';
import { makeItem, stemOf, type DatasetItem } from '../../../../src/core/dataset/item.ts';
import type { ExportFormat } from '../../../../src/core/dataset/write/export-format.ts';
import { planExport } from '../../../../src/core/dataset/write/plan-export.ts';

const item = (path: string, texts: readonly string[], known: Partial<DatasetItem> = {}): DatasetItem =>
  makeItem(path, { byteLength: 3, captions: texts.map((text) => ({ text, author: { kind: 'person' } })), ...known });

interface Written {
  readonly texts: ReadonlyMap<string, string>;
  readonly pictures: ReadonlySet<string>;
}

function write(items: readonly DatasetItem[], format: ExportFormat): Written {
  const { files } = planExport(items, { format, withPictures: true, name: 'set' });
  return {
    texts: new Map(files.flatMap((file) => (file.kind === 'text' ? [[file.path, [...file.write()].join('')] as const] : []))),
    pictures: new Set(files.flatMap((file) => (file.kind === 'picture' ? [file.path] : []))),
  };
}

/** Finds what Arrow makes of the members of JSON lines. */
function arrowTypes(text: string): Readonly<Record<string, string>> {
  const types: Record<string, string> = {};
  for (const line of text.trim().split('\n')) {
    for (const [key, value] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
      const raw = new RegExp(`"${key}":(-?[\\d.]+)[,}]`, 'u').exec(line)?.[1];
      const plain = Array.isArray(value) ? (value.length === 0 ? 'list<null>' : `list<${typeof value[0]}>`) : typeof value;
      const type = value === null ? 'null' : raw === undefined ? plain : raw.includes('.') ? 'double' : 'int64';
      const known = types[key];
      types[key] = known === undefined || /null/u.test(known) ? type : /null/u.test(type) ? known : known === type ? type : 'mixed';
    }
  }
  return types;
}

describe('picture folders for datasets', () => {
  const items = [
    item('train/a.jpg', ['A', 'second'], { tags: ['t'], metadata: { seed: 1, score: 0.5, note: 'n', only: 'here', odd: 1 } }),
    item('train/b.jpg', ['B'], { metadata: { seed: 2, score: 2, odd: 'x' } }),
    item('validation/a.jpg', ['C'], { metadata: { seed: 3.5, score: 1, note: 'm' } }),
    item('test/sub/a.jpg', [], { metadata: { seed: 4, score: 3, note: 'k' } }),
  ];

  it('have metadata with the same columns of the same types in all splits, since others are refused as a whole', () => {
    const { texts } = write(items, 'imagefolder-jsonl');
    const metadata = [...texts].filter(([path]) => path.endsWith('metadata.jsonl'));
    expect(metadata.map(([path]) => path).sort()).toEqual(['test/metadata.jsonl', 'train/metadata.jsonl', 'validation/metadata.jsonl']);
    for (const [path, text] of metadata) {
      expect(arrowTypes(text), path).toEqual({
        file_name: 'string',
        text: 'string',
        captions: 'list<string>',
        tags: 'list<string>',
        seed: 'double',
        score: 'double',
        note: 'string',
      });
    }
  });

  it('say which members are left out for that', () => {
    const { losses } = planExport(items, { format: 'imagefolder-jsonl', withPictures: true, name: 'set' });
    expect(losses.find(({ message }) => message.includes('in some splits alone'))?.pictures).toBe(2);
  });

  it('have the same columns in CSV, none of them without a text in a split', () => {
    const { texts } = write(items, 'imagefolder-csv');
    for (const [path, text] of texts) {
      if (!path.endsWith('.csv')) continue;
      const [header, ...rows] = text.trimEnd().split('\r\n');
      expect(header).toBe('file_name,text_1,text_2,tags');
      for (const column of [1, 2, 3]) expect(rows.map((row) => row.split(',')[column]).join(''), `${path}: ${String(column)}`).not.toBe('');
    }
  });

  it('name each picture in the metadata beside it, or above it in its split', () => {
    const { texts, pictures } = write(items, 'imagefolder-jsonl');
    const named = [...texts].flatMap(([path, text]) =>
      path.endsWith('.jsonl')
        ? text
            .trim()
            .split('\n')
            .map((line) => path.replace('metadata.jsonl', '') + (JSON.parse(line) as { file_name: string }).file_name)
        : [],
    );
    expect(new Set(named)).toEqual(pictures);
  });
});

describe('data sets for kohya’s scripts', () => {
  const endings = ['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.PNG', '.JPG', '.JPEG', '.WEBP', '.BMP'];
  const items = [
    item('a b/c.d.jpg', ['One.\nTwo.', 'other'], { tags: ['x', 'y'] }),
    item('same.jpg', ['A jpg.']),
    item('same.png', ['A png.'], { tags: ['z'] }),
    item('tags.webp', [], { tags: ['only', 'tags'] }),
    item('nothing.bmp', []),
  ];

  it('name each picture of the metadata by its path without the ending, so that one picture and no other is found', () => {
    const { texts, pictures } = write(items, 'kohya');
    const metadata = JSON.parse(texts.get('meta_cap.json') ?? '') as Record<string, { caption?: string; tags?: string }>;
    const found = Object.keys(metadata).map((key) => endings.map((ending) => key + ending).filter((path) => pictures.has(path)));
    expect(found.every((paths) => paths.length === 1)).toBe(true);
    expect(new Set(found.flat())).toEqual(pictures);
    expect(metadata['same (2)']).toEqual({ caption: 'A png.', tags: 'z' });
    // Members are taken by name, and an empty text of tags would be joined to the caption.
    for (const value of Object.values(metadata)) expect(value.tags).not.toBe('');
  });

  it('tell beforehand which pictures the scripts do not find', () => {
    const odd = [item('a.gif', ['x']), item('b.jpg', ['y']), item('b.png', ['z'])];
    const losses = planExport(odd, { format: 'kohya', withPictures: false, name: 'set' }).losses.map(({ message }) => message);
    expect(losses.some((message) => message.includes('no picture with such an ending'))).toBe(true);
    expect(losses.some((message) => message.includes('ending alone'))).toBe(true);
    expect(
      planExport(items, { format: 'kohya', withPictures: true, name: 'set' })
        .losses.map(({ message }) => message)
        .join(),
    ).not.toContain('kohya');
  });

  it.each<readonly [ExportFormat, string]>([
    ['txt', '.txt'],
    ['caption', '.caption'],
  ])('have a text of the same stem, never an empty file, in %s', (format, ending) => {
    const { texts, pictures } = write(items, format);
    const stems = new Set([...pictures].map(stemOf));
    expect(stems.size).toBe(pictures.size);
    for (const [path, text] of texts) {
      expect(stems.has(stemOf(path)), path).toBe(true);
      expect(text, path).not.toBe(''); // "caption file is empty" ends the training
      expect(text.endsWith('\n')).toBe(true);
    }
    const firstLine = (stem: string): string | undefined =>
      texts
        .get(stem + ending)
        ?.split('\n')[0]
        ?.trim();
    expect(['a b/c.d', 'same', 'same (2)', 'nothing'].map(firstLine)).toEqual(['One.', 'A jpg.', 'A png.', undefined]);
  });
});
