/** @file Files of captions in all formats, good and broken. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../src/core/error.ts';
import { detectCaptionFormat, parseCaptionFile } from '../../../src/core/dataset/caption-file.ts';
import { findJsonError } from '../../../src/core/dataset/json-error.ts';

const twoPictures = [
  { file: 'a.jpg', captions: ['A cat.', 'The cat, asleep'] },
  { file: 'b.jpg', captions: ['Two "dogs"'] },
];

const sources: readonly (readonly [format: string, text: string])[] = [
  [
    'coco-captions',
    JSON.stringify({
      images: [
        { id: 1, file_name: 'a.jpg' },
        { id: 2, file_name: 'b.jpg' },
      ],
      annotations: [
        { image_id: 1, id: 10, caption: 'A cat.' },
        { image_id: 2, id: 11, caption: 'Two "dogs"' },
        { image_id: 1, id: 12, caption: 'The cat, asleep' },
      ],
    }),
  ],
  ['captions-by-file', '{\n  "a.jpg": ["A cat.", "The cat, asleep"],\n  "b.jpg": "Two \\"dogs\\""\n}'],
  ['caption-rows', '{"file_name": "a.jpg", "captions": ["A cat.", "The cat, asleep"]}\n{"file_name": "b.jpg", "text": "Two \\"dogs\\""}\n'],
  [
    'caption-rows',
    '{"file":"a.jpg","caption":"A cat.","model":"m"}\r\n\r\n{"file":"b.jpg","caption":"Two \\"dogs\\""}\r\n{"file":"a.jpg","caption":"The cat, asleep"}',
  ],
  ['csv', 'file,caption\r\na.jpg,A cat.\r\na.jpg,"The cat, asleep"\r\nb.jpg,"Two ""dogs"""\r\n'],
  ['csv', 'image;caption_1;caption_2\na.jpg;A cat.;The cat, asleep\nb.jpg;"Two ""dogs""";\n'],
  ['flickr8k-token', 'a.jpg#0\tA cat.\na.jpg#1\tThe cat, asleep\nb.jpg#0\tTwo "dogs"\n'],
];

describe('parseCaptionFile', () => {
  it.each(sources)('reads %s: %s', (format, text) => {
    const read = parseCaptionFile('captions', text);
    expect(read.format).toBe(format);
    expect(read.records.map(({ file, captions }) => ({ file, captions }))).toEqual(twoPictures);
    expect(parseCaptionFile('captions', `\uFEFF${text}`).records).toEqual(read.records);
  });

  it('reads COCO results, pictures by number', () => {
    const { format, records } = parseCaptionFile(
      'results.json',
      '[{"image_id": 404464, "caption": "a man"}, {"image_id": "x", "caption": ""}]',
    );
    expect(format).toBe('coco-results');
    expect(records).toEqual([
      { file: '404464', id: '404464', captions: ['a man'] },
      { file: 'x', id: 'x', captions: [''] },
    ]);
  });

  it('reads COCO captions without a list of pictures', () => {
    const { records } = parseCaptionFile('c.json', '{"annotations": [{"image_id": 7, "caption": "a"}, {"image_id": 7, "caption": "b"}]}');
    expect(records).toEqual([{ file: '7', id: '7', captions: ['a', 'b'] }]);
  });

  it('takes a picture of COCO that is listed twice, as in joined files, for one', () => {
    const listed = '{"id": 7, "file_name": "a.jpg"}';
    const { records } = parseCaptionFile('c.json', `{"images": [${listed}, ${listed}], "annotations": [{"image_id": 7, "caption": "a"}]}`);
    expect(records).toEqual([{ file: 'a.jpg', captions: ['a'], id: '7' }]);
  });

  it('leaves out rows that tell of an error and counts them', () => {
    const read = parseCaptionFile('rows.jsonl', '{"file":"a.jpg","caption":"x"}\n{"file":"b.jpg","error":"cannot be decoded"}\n');
    expect(read.records).toHaveLength(1);
    expect(read.failedRows).toBe(1);
  });

  it('reads a quoted caption that holds a line end', () => {
    const { records } = parseCaptionFile('t.csv', 'file,caption\na.jpg,"one\ntwo"\nb.jpg,three\n');
    expect(records.map(({ captions }) => captions)).toEqual([['one\ntwo'], ['three']]);
  });

  it.each([
    ['', /is empty/u],
    ['just words', /line 1: is no known kind/u],
    ['{"file":"a.jpg","caption":"x"}\n{"file":"b.jpg"', /line 2: is not JSON/u],
    ['{"file":"a.jpg","caption":"x"}\n{"caption":"y"}', /line 2: names no picture/u],
    ['{"file":"a.jpg","caption":"x"}\n{"file":"b.jpg","caption":3}', /line 2: has no caption for b\.jpg/u],
    ['{\n"a.jpg": ["x"],\n"b.jpg" ["y"]\n}', /line 3: is not JSON/u],
    ['{"a.jpg": [1]}', /"a\.jpg" has no captions/u],
    ['[{"caption": "x"}]', /result 1: names no picture/u],
    ['{"annotations": [{"caption": "x"}]}', /annotation 1 lacks image_id/u],
    ['{"annotations": {}}', /no list "annotations"/u],
    [
      '{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}], "annotations": []}',
      /the id 1 to two pictures, a\.jpg and b\.jpg/u,
    ],
    ['file,caption\na.jpg,"x\n', /line 2: a quoted field does not end/u],
    ['file,caption\na.jpg,"x"y\n', /line 2: a quoted field is followed by/u],
    ['file,caption\na.jpg,one, two\n', /line 2: has 3 fields/u],
    ['file,title\na.jpg,x\n', /line 1: the header/u],
    ['a.jpg#0\tx\nb.jpg y\n', /line 2: expected a picture/u],
  ])('refuses %j and says where and why', (text, message) => {
    expect(() => parseCaptionFile('f', text)).toThrow(message);
    try {
      parseCaptionFile('f', text);
    } catch (error) {
      expect(error instanceof StudioError && error.code).toBe('file-invalid');
    }
  });
});

it('joins very many captions of one picture', () => {
  const row = JSON.stringify({ file: 'a.jpg', captions: Array.from({ length: 200_000 }, () => 'x') });
  expect(parseCaptionFile('f', `${row}\n${row}\n`).records[0]?.captions).toHaveLength(400_000);
});

describe('detectCaptionFormat', () => {
  it('takes a file of one row for rows, and a small object for captions by file', () => {
    expect(detectCaptionFormat('f', '{"file": "a.jpg", "caption": "x"}')).toBe('caption-rows');
    expect(detectCaptionFormat('f', '{"a.jpg": ["x"]}')).toBe('captions-by-file');
  });
});

describe('findJsonError', () => {
  it.each([
    ['{"a": [1, -2.5e3, "x\\n", true, null, {}], "b": []}', null],
    [' [] ', null],
    ['', 0],
    ['{"a": 1', 7],
    ['[1, ]', 4],
    ['{"a" 1}', 5],
    ['{1: 2}', 1],
    ['[1] 2', 4],
    ['["a\nb"]', 1],
    ['[01]', 2],
    ['{"a": 1]', 7],
    ['["\\u00e9 \\" \\\\"]', null],
    ['["\\u00"]', 1],
    ['["a\\', 1],
  ])('finds the place in %j', (text, place) => expect(findJsonError(text)).toBe(place));

  it('finds it beyond a text of thirty megabytes, and where that text itself is cut short', () => {
    const long = `["${'x'.repeat(30e6)}`;
    expect(findJsonError(`${long}", NaN]`)).toBe(long.length + 3);
    expect(findJsonError(long)).toBe(1);
  });
});
