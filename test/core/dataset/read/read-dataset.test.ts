/** @file Data sets as folders and archives have them: pictures, sidecars, tables, and what of them cannot be read. */
import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../../src/core/archive/file-entry.ts';
import { readDataset } from '../../../../src/core/dataset/read/read-dataset.ts';
import type { ReadOptions } from '../../../../src/core/dataset/read/sayings.ts';

const files = (contents: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): readonly FileEntry[] =>
  Object.entries(contents).map(([path, content]) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return { path, byteLength: bytes.length, read: () => Promise.resolve(bytes) };
  });

async function read(contents: Parameters<typeof files>[0], options: ReadOptions = {}): Promise<Readonly<Record<string, unknown>>> {
  const { items } = await readDataset(files(contents), options);
  return Object.fromEntries(items.map(({ path, captions, tags, split }) => [path, [captions.map(({ text }) => text), tags, split]]));
}

describe('readDataset', () => {
  it('reads sidecars of both endings, nested, by the whole name or the stem', async () => {
    expect(
      await read({
        'a/1.jpg': '',
        'a/1.txt': 'one\n',
        'a/b/2.png': '',
        'a/b/2.caption': 'two',
        '3.jpg': '',
        '3.png': '',
        '3.txt': 'three',
        '3.png.txt': 'its own',
        '4.webp': '',
        'empty.jpg': '',
        'empty.txt': ' \n',
      }),
    ).toEqual({
      'a/1.jpg': [['one'], [], null],
      'a/b/2.png': [['two'], [], null],
      '3.jpg': [['three'], [], null],
      '3.png': [['its own'], [], null],
      '4.webp': [[], [], null],
      'empty.jpg': [[], [], null],
    });
  });

  it('keeps every character of a sidecar but the line end that ends a text file', async () => {
    expect(await read({ 'a.jpg': '', 'a.txt': ' one\r\n\ntwo \r\n\r\n' })).toEqual({ 'a.jpg': [[' one\r\n\ntwo \r\n'], [], null] });
  });

  it('takes .txt for tags where .caption is there as well, or where it is told to', async () => {
    expect(await read({ 'a.jpg': '', 'a.caption': 'A dog.', 'a.txt': 'dog, big smile' })).toEqual({
      'a.jpg': [['A dog.'], ['dog', 'big smile'], null],
    });
    expect(await read({ 'a.jpg': '', 'a.caption': 'A dog.', 'a.txt': 'The same dog.' })).toEqual({
      'a.jpg': [['A dog.', 'The same dog.'], [], null],
    });
    expect(await read({ 'a.jpg': '', 'a.txt': 'dog, grass' }, { tagEnding: '.txt' })).toEqual({ 'a.jpg': [[], ['dog', 'grass'], null] });
    expect(await read({ 'a.jpg': '', 'a.txt': 'one\n\ntwo\n' }, { perLine: true })).toEqual({ 'a.jpg': [['one', 'two'], [], null] });
  });

  it('puts texts beside pictures first, or tables where it is told to', async () => {
    const set = { 'a.jpg': '', 'a.txt': 'beside', 'b.jsonl': '{"file":"a.jpg","caption":"table","__proto__":{"x":1}}' };
    expect(await read(set)).toEqual({ 'a.jpg': [['beside', 'table'], [], null] });
    expect(await read(set, { tablesFirst: true })).toEqual({ 'a.jpg': [['table', 'beside'], [], null] });
    expect((await readDataset(files(set))).items[0]?.metadata).toEqual({});
  });

  it('reads texts in other encodings', async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from('Käse 漢', 'utf16le')]);
    expect(
      await read({
        'a.jpg': '',
        'a.txt': utf16,
        'b.jpg': '',
        'b.txt': new Uint8Array([0x4b, 0xe4, 0x73, 0x65]),
        'c.jpg': '',
        'c.txt': '\uFEFFKäse',
      }),
    ).toEqual({
      'a.jpg': [['Käse 漢'], [], null],
      'b.jpg': [['Käse'], [], null],
      'c.jpg': [['Käse'], [], null],
    });
  });

  it('reads metadata beside the pictures, below the data set and by name alone', async () => {
    const jsonl = '{"file_name":"1.jpg","text":"one","tags":["x","y"],"artist":"z"}\n{"file_name":"sub/2.jpg","text":"two"}\n';
    const { items, sources, problems } = await readDataset(
      files({
        'train/1.jpg': '',
        'train/sub/2.jpg': '',
        'train/metadata.jsonl': jsonl,
        'test/1.jpg': '',
        'test/metadata.csv': 'file_name,text\r\n1.jpg,"one, two"\r\n',
        'kohya.json': JSON.stringify({ 'C:\\pics\\only.png': { caption: 'three', tags: 'a b, c' }, gone: { caption: 'x' } }),
        'deep/only.png': '',
        'all.csv': 'path,caption\ndeep/only.png,again\n',
        'cafe\u0301.jpg': '',
        'more.jsonl': '{"file":"café.jpg","caption":"four","model":"m"}\n',
      }),
    );
    expect(items.map(({ path, captions, tags, split }) => [path, captions.map(({ text }) => text), tags, split])).toEqual([
      ['train/1.jpg', ['one'], ['x', 'y'], 'train'],
      ['train/sub/2.jpg', ['two'], [], 'train'],
      ['test/1.jpg', ['one, two'], [], 'test'],
      ['deep/only.png', ['three', 'again'], ['a b', 'c'], null],
      ['cafe\u0301.jpg', ['four'], [], null],
      ['gone', ['x'], [], null],
    ]);
    expect(items[0]?.metadata).toEqual({ artist: 'z' });
    expect(items[0]?.captions[0]?.author).toEqual({ kind: 'file', file: 'train/metadata.jsonl' });
    expect(sources.map(({ name, format, pictures }) => [name, format, pictures])).toEqual([
      ['train/metadata.jsonl', 'jsonl', 2],
      ['test/metadata.csv', 'csv', 1],
      ['kohya.json', 'kohya', 2],
      ['all.csv', 'csv', 1],
      ['more.jsonl', 'jsonl', 1],
    ]);
    expect(problems).toEqual([{ path: 'gone', kind: 'no-picture', message: 'kohya.json tells of it, but it is not there' }]);
  });

  it('reads COCO captions with several captions a picture, by name or number', async () => {
    const coco = {
      images: [{ id: 7, file_name: 'a.jpg', width: 3, height: 2 }],
      annotations: [7, 7, 9].map((id, i) => ({ image_id: id, caption: String(i) })),
    };
    expect(await read({ 'a.jpg': '', '000000000009.jpg': '', 'coco.json': JSON.stringify(coco) })).toEqual({
      'a.jpg': [['0', '1'], [], null],
      '000000000009.jpg': [['2'], [], null],
    });
  });

  it('reads members of WebDataset by their key, up to the first dot', async () => {
    expect(
      await read({
        '0001.seg.png': '',
        '0001.txt': 'one',
        '0001.json': '{"tags":["t"]}',
        'my.photo.jpg': '',
        'my.jpg': '',
        'my.txt': 'mine',
      }),
    ).toEqual({ '0001.seg.png': [['one'], ['t'], null], 'my.photo.jpg': [[], [], null], 'my.jpg': [['mine'], [], null] });
  });

  it('takes COCO’s, kohya’s and other tables of all pictures for no text of the picture whose name they have', async () => {
    const said = { 'a.jpg': [['one'], [], null], 'captions.jpg': [['two'], [], null] };
    const pictures = { 'a.jpg': '', 'captions.jpg': '' };
    const kohya = { a: { caption: 'one' }, captions: { caption: 'two', tags: '' } };
    const results = [
      { image_id: 'a.jpg', caption: 'one' },
      { image_id: 'captions.jpg', caption: 'two' },
    ];
    const coco = {
      images: [
        { id: 1, file_name: 'a.jpg' },
        { id: 2, file_name: 'captions.jpg' },
      ],
      annotations: results.map(({ caption }, i) => ({ image_id: i + 1, caption })),
    };
    for (const table of [kohya, results, coco, { 'a.jpg': ['one'], 'captions.jpg': ['two'] }])
      expect(await read({ ...pictures, 'captions.json': JSON.stringify(table) })).toEqual(said);
    const own = { caption: 'mine', exif: { model: 'x' } };
    expect(await read({ ...pictures, 'captions.json': JSON.stringify(own) })).toMatchObject({ 'captions.jpg': [['mine'], [], null] });
  });

  it('keeps names apart that differ in how their accents are written, or in a sign that parts folders elsewhere', async () => {
    const names = ['é.jpg', 'e\u0301.jpg', 'b\\c.jpg', 'b/c.jpg'];
    const table = names.map((file) => `${JSON.stringify({ file, caption: `of ${file}` })}\n`).join('');
    const contents = { ...Object.fromEntries(names.map((name) => [name, ''])), 'all.jsonl': table };
    expect(await read(contents)).toEqual(Object.fromEntries(names.map((name) => [name, [[`of ${name}`], [], null]])));
  });

  it('gives a picture that a row names to no other row that has its name alone', async () => {
    const rows = '{"file":"gone/a.png","caption":"of another"}\n{"file":"a.jpg","caption":"its own"}\n';
    const { items, problems } = await readDataset(files({ 'a.jpg': '', 'all.jsonl': rows }));
    expect(items[0]?.captions.map(({ text }) => text)).toEqual(['its own']);
    expect(problems.map(({ path, kind }) => [path, kind])).toEqual([['gone/a.png', 'no-picture']]);
  });

  it('says of hidden files and of names without ending that they are there, and why they are passed over', async () => {
    const rows = ['.b.jpg', 'noending'].map((file) => `${JSON.stringify({ file, caption: 'x' })}\n`).join('');
    const { problems } = await readDataset(
      files({ 'a.jpg': '', '.b.jpg': '', noending: '', 'all.jsonl': rows, '.c.jpg': '', '.c.txt': 'a text', '.d.jpg': '' }),
    );
    expect(problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['unreadable', expect.stringMatching(/^\.b\.jpg: all\.jsonl tells of it, but it is a hidden file/u)],
      ['unreadable', expect.stringMatching(/^noending: .* has no ending of a picture/u)],
      ['unreadable', expect.stringMatching(/^\.c\.jpg: has a text beside it, but is a hidden file/u)],
    ]);
  });

  it('takes a picture with blanks behind its ending', async () => {
    expect(await read({ 'a.jpg ': '', 'a.txt': 'one' })).toEqual({ 'a.jpg ': [['one'], [], null] });
  });

  it('reads a table without pictures, and Flickr8k’s tokens', async () => {
    expect(await read({ 'captions.txt': 'a.jpg#0\tone\na.jpg#1\ttwo\n' })).toEqual({ 'a.jpg': [['one', 'two'], [], null] });
  });

  it('notes what it cannot read and goes on', async () => {
    const { items, problems } = await readDataset(
      files({
        'a.jpg': '',
        'README.txt': 'hello',
        'package.json': '{"name": {"a": 1}, "x": 3}',
        'bad.jsonl': '{"file":',
        '__MACOSX/._a.jpg': '',
        '.hidden.png': '',
      }),
    );
    expect(items.map(({ path }) => path)).toEqual(['a.jpg']);
    expect(problems.map(({ path, kind }) => [path, kind])).toEqual([
      ['README.txt', 'left-over'],
      ['package.json', 'left-over'],
      ['bad.jsonl', 'unreadable'],
    ]);
  });

  it('says what is wrong where there is nothing else', async () => {
    await expect(readDataset(files({ 'bad.jsonl': '\n{"caption":"x"}' }))).rejects.toThrow('bad.jsonl, line 2: names no picture');
    await expect(readDataset([])).rejects.toThrow('there is no data set here: it is empty');
    await expect(readDataset(files({ 'x.bin': '' }))).rejects.toThrow('1 files, none of them a picture');
  });

  it('tells its progress and stops when it is told to', async () => {
    const many = files(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${String(i)}.jpg`, ''])));
    const seen: number[] = [];
    await readDataset(many, { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([32, 64, 96, 100]);
    await expect(readDataset(many, { isCancelled: () => true })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
