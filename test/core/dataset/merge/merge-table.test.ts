import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../../src/core/error.ts';
import { listMembers } from '../../../../src/core/dataset/merge/json-members.ts';
import type { Saying } from '../../../../src/core/dataset/merge/merge-object.ts';
import { mergeTable } from '../../../../src/core/dataset/merge/merge-table.ts';
import type { MergedTable } from '../../../../src/core/dataset/merge/merged-table.ts';
import { readDatasetTable } from '../../../../src/core/dataset/read/read-table.ts';

const pictures = ['set/a.jpg', 'set/sub/b b.png', 'set/c.jpg'];

function merge(name: string, text: string, sayings: Readonly<Record<string, Partial<Saying>>>): MergedTable {
  return mergeTable({ path: `set/${name}`, text }, pictures, (path) => {
    const saying = sayings[path];
    return saying === undefined ? null : { captions: [], tags: [], ...saying };
  });
}

const nasty = ['Two\nlines, "quoted"', '=SUM(A1)', "'@x", '🐈 größe', '<b>bold</b> \\ / \u2028', ' blanks ', 'a;b\tc|d,e', 'x\r\ny'];

describe('mergeTable', () => {
  it('changes one member of one line of metadata.jsonl and leaves every other sign as it was', () => {
    const text = [
      '\uFEFF{"file_name": "a.jpg",  "text":"Old." , "score": 1.50, "big": 12345678901234567890, "nested": {"text": "mine", "l": [1, "]}"]}}\r',
      '',
      '{"file_name":"sub/b b.png","text":"B"}',
      '{"file_name":"gone.jpg","text":"of nobody"}',
      '',
    ].join('\n');
    const merged = merge('metadata.jsonl', text, { 'set/a.jpg': { captions: ['New "one"\n🐈'] }, 'set/sub/b b.png': { captions: ['B'] } });
    expect(merged.text).toBe(text.replace('"Old."', String.raw`"New \"one\"\n🐈"`));
    expect(merged.changed).toEqual(['set/a.jpg']);
  });

  it('adds what a line does not have yet, in the way of the file', () => {
    const text = '{"file_name": "a.jpg"}\n{"file":"c.jpg","caption":"C","tags":"x, y"}\n';
    const sayings = {
      'set/a.jpg': { captions: ['A', 'Another'], tags: ['t'] },
      'set/c.jpg': { captions: ['C', 'C two'], tags: ['x', 'z'] },
    };
    expect(merge('metadata.jsonl', text, sayings).text).toBe(
      '{"file_name": "a.jpg", "text": "A", "captions": ["A","Another"], "tags": "t"}\n{"file":"c.jpg","caption":"C","tags":"x, z","captions":["C","C two"]}\n',
    );
  });

  it('changes cells of CSV and keeps columns and rows that it does not know', () => {
    const text = 'file_name;seed;text;note\r\na.jpg;007;Old;"keep ""this"";"\r\nsub/b b.png;1;"B; b";\r\nelsewhere.jpg;2;E;e\r\n';
    const merged = merge('metadata.csv', text, {
      'set/a.jpg': { captions: ['New; with "signs"'] },
      'set/sub/b b.png': { captions: ['B; b'] },
    });
    expect(merged.text).toBe(text.replace('Old', '"New; with ""signs"""'));
    expect(merged.changed).toEqual(['set/a.jpg']);
  });

  it('tells of pictures for which a table has no place, and leaves their rows', () => {
    const text = 'file_name,text\na.jpg,A\nc.jpg,C\n';
    const merged = merge('metadata.csv', text, { 'set/a.jpg': { captions: ['A', 'B'] }, 'set/c.jpg': { captions: ['C'], tags: ['t'] } });
    expect(merged.text).toBe(text);
    expect(merged.left.map(({ path }) => path)).toEqual(['set/a.jpg', 'set/c.jpg']);
  });

  it('changes kohya’s metadata by stem and keeps what training has written there', () => {
    const text = `{
  "a": {
    "caption": "old",
    "tags": "x, y",
    "train_resolution": [512, 768.0]
  },
  "sub/b b": {"tags": "z"},
  "gone": {"caption": "of nobody"}
}`;
    const merged = merge('meta_cap.json', text, {
      'set/a.jpg': { captions: ['new'], tags: ['x'] },
      'set/sub/b b.png': { captions: ['B'], tags: ['z'] },
    });
    expect(merged.text).toBe(
      text.replace('"old"', '"new"').replace('"x, y"', '"x"').replace('{"tags": "z"}', '{"tags": "z", "caption": "B"}'),
    );
  });

  it('gives each of several rows of a picture its caption, where there are as many', () => {
    const text = 'image,caption\na.jpg,one\nc.jpg,C\na.jpg,two\n';
    expect(merge('captions.csv', text, { 'set/a.jpg': { captions: ['eins', 'two'] } }).text).toBe(text.replace('one', 'eins'));
    expect(merge('captions.csv', text, { 'set/a.jpg': { captions: ['eins'] } }).left[0]?.reason).toContain('2 rows');
  });

  it('does not take a picture for another of the same name that is not here', () => {
    const text =
      '{"file_name":"other/a.jpg","text":"of a picture that is gone"}\n{"file_name":"/data/set/c.jpg","text":"C"}\n{"file_name":"b b","text":"B"}\n';
    const sayings = { 'set/a.jpg': { captions: ['A'] }, 'set/c.jpg': { captions: ['D'] }, 'set/sub/b b.png': { captions: ['E'] } };
    const merged = merge('metadata.jsonl', text, sayings);
    expect(merged.text).toBe(text.replace('"C"', '"D"').replace('"B"', '"E"'));
  });

  it('says which formats are only written as a whole', () => {
    expect(() => merge('results.json', '[{"image_id":1,"caption":"x"}]', {})).toThrow(StudioError);
  });

  it('gives back whatever was put in, in every format, and nothing else changes', () => {
    const words = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== ''); // blanks alone count as none
    const captions = fc.oneof(fc.constantFrom(...nasty), words);
    const rows = fc.record({ old: captions, next: captions, extra: fc.string({ unit: 'grapheme' }) });
    fc.assert(
      fc.property(fc.tuple(rows, rows, rows), fc.constantFrom('metadata.jsonl', 'metadata.csv', 'meta.json'), (three, name) => {
        const files = pictures.map((path) => path.slice('set/'.length));
        const guard = (text: string): string => (/^'*[=+\-@\t\r＝＋－＠]/u.test(text) ? `'${text}` : text);
        const cell = (text: string): string => `"${guard(text).replaceAll('"', '""')}"`;
        const lines = three.map(({ old, extra }, i) => ({ file_name: files[i], extra, text: old }));
        const text = {
          'metadata.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
          'metadata.csv': `file_name,extra,text\n${lines.map((line) => `${cell(line.file_name ?? '')},${cell(line.extra)},${cell(line.text)}\n`).join('')}`,
          'meta.json': JSON.stringify(
            Object.fromEntries(lines.map(({ file_name, extra, text: caption }) => [file_name, { extra, caption }])),
          ),
        }[name];
        const sayings = Object.fromEntries(three.slice(0, 2).map(({ next }, i) => [pictures[i] ?? '', { captions: [next] }] as const));
        const merged = merge(name, text, sayings);
        expect(merged.left).toEqual([]);
        const before = readDatasetTable(name, text).rows;
        const after = readDatasetTable(name, merged.text).rows;
        expect(after).toEqual(before.map((row, i) => (i < 2 ? { ...row, captions: [three[i]?.next] } : row)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('listMembers', () => {
  it('finds the very text of every value of any JSON object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          const found = listMembers(text).map(({ key, start, end }) => [key, text.slice(start, end)] as const);
          expect(found.map(([key, own]) => [key, JSON.parse(own) as unknown])).toEqual(Object.entries(JSON.parse(text) as object));
          for (const [, own] of found) expect(own).toBe(own.trim());
        },
      ),
      { numRuns: 500 },
    );
  });
});
