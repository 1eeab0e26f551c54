import { describe, expect, it } from 'vitest';
import { makeItem, type DatasetItem } from '../../../../src/core/dataset/item.ts';
import { mergeExport, type MergedExport } from '../../../../src/core/dataset/merge/merge-export.ts';
import { readDatasetTable } from '../../../../src/core/dataset/read/read-table.ts';
import type { ExportFormat } from '../../../../src/core/dataset/write/export-format.ts';
import { planExport } from '../../../../src/core/dataset/write/plan-export.ts';

const item = (path: string, captions: readonly string[], known: Partial<DatasetItem> = {}): DatasetItem =>
  makeItem(path, { byteLength: 1, captions: captions.map((text) => ({ text, author: { kind: 'person' } })), ...known });

/** What the export of a format puts into a table that is there. */
function merge(format: ExportFormat, text: string, items: readonly DatasetItem[]): MergedExport {
  const plan = planExport(items, { format, withPictures: false, name: 'set' });
  const [table] = plan.files;
  if (table?.kind !== 'text') return expect.unreachable();
  return mergeExport(
    { path: table.path, text },
    [...table.write()].join(''),
    items.map(({ path }) => path),
  );
}

const items = [item('a.jpg', ['New "A"\n']), item('sub/b b.png', ['B; b'], { tags: ['x', 'y'] }), item('c.jpg', ['=C'])];

describe('an export into a table that is there', () => {
  it('changes metadata.jsonl where a caption differs, adds pictures, and keeps the rest to the letter', () => {
    const there =
      '{"file_name": "c.jpg",  "text":"=C", "score": 1.50}\r\n{"file_name":"gone.jpg","text":"g"}\r\n{"file_name": "a.jpg", "text": "A", "n": {"text": "mine"}}';
    const { text, changed, added } = merge(
      'imagefolder-jsonl',
      there,
      [items[0], items[2], item('d.jpg', ['D'])].flatMap((one) => one ?? []),
    );
    expect(text).toBe(`${there.replace('"A"', String.raw`"New \"A\"\n"`)}\r\n{"file_name":"d.jpg","text":"D"}\r\n`);
    expect([changed, added]).toEqual([['a.jpg'], 1]);
  });

  it('names picture and caption of a new line as the lines there do', () => {
    const there = '{"image":"a.jpg","text":"New \\"A\\"\\n"}\n';
    expect(
      merge(
        'jsonl',
        there,
        [items[0], items[2]].flatMap((one) => one ?? []),
      ).text,
    ).toBe(`${there}{"image":"c.jpg","text":"=C"}\n`);
  });

  it('gives CSV the columns that it lacks, guards what is new, and keeps columns, order and separator', () => {
    const there = '\uFEFFseed;file;caption;note\r\n007;c.jpg;\'=C;"keep ""this"""\r\n1;gone.jpg;g;\r\n';
    const { text, added } = merge('csv', there, items);
    expect(text).toBe(
      '\uFEFFseed;file;caption;note;tags\r\n007;c.jpg;\'=C;"keep ""this""";\r\n1;gone.jpg;g;;\r\n;a.jpg;"New ""A""\n";;\r\n;sub/b b.png;"B; b";;x, y\r\n',
    );
    expect(added).toBe(2);
  });

  it('numbers columns for captions that CSV has too few of', () => {
    const { text } = merge('csv', 'file,caption\na.jpg,one\n', [item('a.jpg', ['one', 'two', 'three'])]);
    expect(text).toBe('file,caption,caption_2,caption_3\na.jpg,one,two,three\n');
    expect(readDatasetTable('captions.csv', text).rows[0]?.captions).toEqual(['one', 'two', 'three']);
  });

  it('keeps what training wrote into kohya’s metadata and adds pictures behind', () => {
    const there = '{\n  "c": {"caption": "old", "train_resolution": [512, 768.0]}\n}\n';
    const { text } = merge('kohya', there, items);
    expect(text).toBe(
      '{\n  "c": {"caption": "=C", "train_resolution": [512, 768.0]},\n  "a": {"caption":"New \\"A\\"\\n"},\n  "sub/b b": {"caption":"B; b","tags":"x, y"}\n}\n',
    );
    expect(merge('kohya', '{}', items).added).toBe(3);
  });

  it('keeps info, licences and annotations of other things in COCO, and counts numbers on', () => {
    const there =
      '{"info":{"big":12345678901234567890},"images":[{"id":2,"file_name":"c.jpg","width":3.0}],"annotations":[{"id":9,"image_id":2,"caption":"=C"},{"id":10,"image_id":2,"bbox":[1.0]}]}';
    const { text, added } = merge(
      'coco',
      there,
      [items[2], item('a.jpg', ['A', 'A two'], { tags: ['t'] })].flatMap((one) => one ?? []),
    );
    expect(text).toBe(
      there
        .replace('"width":3.0}', '"width":3.0},\n{"id":3,"file_name":"a.jpg","tags":["t"]}')
        .replace('"bbox":[1.0]}', '"bbox":[1.0]},{"id":11,"image_id":3,"caption":"A"},{"id":12,"image_id":3,"caption":"A two"}'),
    );
    expect(added).toBe(1);
  });

  it('writes splits into members and cells', () => {
    const dealt = [item('a.jpg', ['A'], { split: 'test' })];
    expect(merge('jsonl', '{"file":"a.jpg","caption":"A","split":"train"}\n', dealt).text).toBe(
      '{"file":"a.jpg","caption":"A","split":"test"}\n',
    );
    expect(merge('csv', 'file,caption\na.jpg,A\n', dealt).text).toBe('file,caption,split\na.jpg,A,test\n');
  });

  it('reads back as the export alone would, in every table', () => {
    for (const format of ['jsonl', 'csv', 'kohya', 'coco', 'imagefolder-jsonl', 'imagefolder-csv'] as const) {
      const first = planExport(
        items.slice(0, 2).map((one) => ({ ...one, captions: [] })),
        { format, withPictures: false, name: 's' },
      ).files[0];
      const before = first?.kind === 'text' ? [...first.write()].join('') : '';
      const plan = planExport(items, { format, withPictures: false, name: 's' }).files[0];
      const fresh = plan?.kind === 'text' ? [...plan.write()].join('') : '';
      const path = plan?.path ?? '';
      const captionsIn = (text: string): unknown =>
        Object.fromEntries(readDatasetTable(path, text).rows.map(({ file, captions, tags }) => [file, { captions, tags }]));
      const merged = mergeExport(
        { path, text: before },
        fresh,
        items.map((one) => one.path),
      );
      expect(captionsIn(merged.text), format).toEqual(captionsIn(fresh));
      expect(
        mergeExport(
          { path, text: merged.text },
          fresh,
          items.map((one) => one.path),
        ).text,
        format,
      ).toBe(merged.text);
    }
  });

  it('refuses a table of another kind', () => {
    expect(() => merge('coco', '{"a.jpg": "A"}', items)).toThrow(/captions\.json: is there as captions-by-file, and would become coco/u);
  });
});
