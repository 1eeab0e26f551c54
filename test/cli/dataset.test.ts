/** @file `dataset import|export|clean` as a person runs them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportFormats } from '../../src/core/dataset/write/export-format.ts';
import { captions, useDataset } from './dataset-stage.ts';
import { rowsOf } from './run-studio.ts';

const { studio, place, read, run, json, captionsIn } = useDataset('dataset');

describe('dataset export', () => {
  // Each format goes into one kind of place; all of them in all places are tested where no process has to start.
  const outs = ['out', 'out.zip', 'out.tar'];
  const pairs = Object.keys(exportFormats).map((format, i) => [format, format === 'webdataset' ? 'out.tar' : (outs[i % 3] ?? '')] as const);
  it.each(pairs)('writes %s as %s that reads back the same', async (format, out) => {
    const ran = await run('export', 'set', '--format', format, '--out', out);
    expect([ran.err, ran.code]).toEqual(['', 0]);
    expect(await captionsIn(out)).toEqual(captions);
  });

  it('shows what it would do and writes nothing', async () => {
    const before = readdirSync(studio.folder);
    const { out, code } = await run('export', 'set', '--format', 'csv', '--out', 'x.csv', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('3 pictures, 3 with captions (.txt 3)');
    expect(out).toContain('trips/coffee cup.jpg,"\'=1+1 cups, ""hot"""');
    expect(out).toContain('would write: 1 new');
    expect(readdirSync(studio.folder)).toEqual(before);
  });

  it('writes one file, or standard output, without the pictures', async () => {
    await run('export', 'set', '--format', 'coco', '--out', 'c.json');
    expect(Object.keys(JSON.parse(read('c.json')) as object)).toEqual(['info', 'licenses', 'images', 'annotations']);
    const { out } = await run('export', 'set', '--format', 'csv', '--filter', 'folder:trips -cups');
    expect(out).toBe('file,caption\r\ntrips/rocket.jpg,"The image shows a rocket\non its pad"\r\n');
  });

  it('puts texts beside the pictures, and never over what it has not read', async () => {
    const first = await run('export', 'set', '--format', 'kohya', '--in-place');
    expect(first.out).toContain('wrote: 1 new');
    const again = await run('export', 'set', '--format', 'kohya', '--in-place');
    expect(again.out).toContain('wrote: 1 the same already');
    mkdirSync(place('other'));
    writeFileSync(place('other/captions.jsonl'), 'mine\n');
    const refused = await run('export', 'set', '--format', 'jsonl', '--out', 'other');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/captions\.jsonl: is there with other content.*--force/u);
    expect(readdirSync(place('other'))).toEqual(['captions.jsonl']);
    expect((await run('export', 'set', '--format', 'jsonl', '--out', 'other', '--force')).code).toBe(0);
    expect(rowsOf(read('other/captions.jsonl'))).toHaveLength(3);
  });

  it('puts captions into the tables of the folder, and keeps what else is in them', async () => {
    const tables = {
      'metadata.jsonl': '{"file_name": "cat.jpg", "text": "old", "score": 1.50}\n{"file_name": "gone.jpg", "text": "g"}\n',
      'metadata.csv': 'file_name,seed,text\ncat.jpg,007,old\n',
      'captions.json':
        '{"info": {"year": 2017}, "licenses": [], "images": [{"id": 7, "file_name": "cat.jpg", "width": 9.0}], "annotations": [{"id": 1, "image_id": 7, "caption": "old"}, {"id": 2, "image_id": 7, "bbox": [1.0]}]}',
      'meta_cap.json': '{"cat": {"caption": "old", "train_resolution": [512, 768.0]}}',
      'captions.jsonl': '{"image": "cat.jpg", "caption": "old", "mine": 1e400}\n'.replace('1e400', '1.0'),
      'captions.csv': 'file;note;caption\r\ncat.jpg;"a;b";old\r\n',
    };
    writeFileSync(place('set/README.md'), 'Mine.\n');
    const formats = ['imagefolder-jsonl', 'imagefolder-csv', 'coco', 'kohya', 'jsonl', 'csv'];
    for (const [i, [name, text]] of Object.entries(tables).entries()) {
      writeFileSync(place('set', name), text);
      const flags = ['set', '--format', formats[i] ?? '', '--in-place'];
      const dry = await run('export', ...flags, '--dry-run');
      expect([dry.err, read('set', name)]).toEqual(['', text]);
      expect(dry.out).toContain(`${name} is there: `);
      expect(dry.out, 'what stays is not told as a loss').not.toContain('further members');
      expect((await run('export', ...flags)).err).toBe('');
      const kept =
        { 'captions.json': '"bbox": [1.0]', 'captions.csv': '"a;b"' }[name] ?? /1\.50|007|768\.0|"mine": 1\.0/u.exec(text)?.[0] ?? '?';
      expect(read('set', name), name).toContain(kept);
      expect(read('set', name), name).toContain('A cat looks at  you .');
      rmSync(place('set', name));
    }
    expect(read('set/README.md')).toBe('Mine.\n');
    writeFileSync(place('set/results.json'), '[{"image_id":1,"caption":"theirs"}]\n');
    const whole = await run('export', 'set', '--format', 'coco-results', '--in-place');
    expect(whole.err).toMatch(/results\.json: is there with other content.*--force/u);
    writeFileSync(place('set/captions.json'), '{broken');
    expect((await run('export', 'set', '--format', 'coco', '--in-place')).err).toMatch(/captions\.json, line 1: is not JSON/u);
    expect(read('set/captions.json')).toBe('{broken');
  });

  it('takes captions of a table for pictures that have others, and deals pictures out', async () => {
    writeFileSync(place('new.jsonl'), '{"file":"cat.jpg","caption":"A new one"}\n{"file":"../../evil.jpg","caption":"x"}\n');
    await run('export', 'set', 'new.jsonl', '--tables-first', '--format', 'txt', '--in-place');
    expect(read('set/cat.txt')).toBe('A new one\n');
    expect(existsSync(place('../evil.txt'))).toBe(false);
    const { out } = await run('export', 'set', '--splits', 'train:1,test:0', '--format', 'jsonl');
    expect(rowsOf(out).map(({ split }) => split)).toEqual(['train', 'train', 'train']);
  });

  it('leaves nothing half written where it fails, says what is left, and goes on from there', async () => {
    mkdirSync(place('out/trips/rocket.txt.part'), { recursive: true }); // in the way of the temporary file
    const failed = await run('export', 'set', '--format', 'txt', '--no-pictures', '--out', 'out');
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/2 of 3 files are written and whole, left are .*rocket\.txt\. The same command goes on/u);
    expect(existsSync(place('out/trips/rocket.txt'))).toBe(false);
    rmSync(place('out/trips/rocket.txt.part'), { recursive: true, force: true });
    const done = await run('export', 'set', '--format', 'txt', '--no-pictures', '--out', 'out');
    expect(done.out).toContain('wrote: 1 new, 2 the same already');
  });

  it.each([
    [['--format', 'txt'], /say --out with a folder or archive, or --in-place/u],
    [['--format', 'webdataset', '--out', 'x.zip'], /shards of WebDataset/u],
    [['--format', 'csv', '--in-place', '--out', 'x'], /exclude each other/u],
    [['--format', 'jsonl', '--filter', 'colour:red'], /filter, character 1: there is no field colour/u],
    [['--format', 'jsonl', '--filter', 'nothing here'], /no picture of 3 passes/u],
    [['--format', 'jsonl', '--filter', 'tokens:>5'], /goes with --tokenizer/u],
    [['--format', 'jsonl', '--filter', 'score:clip<0.2'], /no caption has a score of this name; score the captions with evaluate/u],
    [['--format', 'txt', '--out', 'set'], /lies in the data set, and would be read as a part of it; say another place, or --in-place/u],
    [['--format', 'jsonl', '--out', 'set/inner'], /lies in the data set/u],
    [['--format', 'txt', '--out', 'x.tar.gz'], /archives are \.zip or \.tar/u],
    [['--format', 'csv', '--out', 'x.json'], /csv is no \.json; say \.csv, or a folder/u],
    [['--format', 'txt', '--out', 'x.jsonl'], /it writes many files/u],
    [['--format', 'doc'], /Allowed choices are/u],
  ])('refuses %j before anything is written', async (args, message) => {
    const { code, err } = await run('export', 'set', ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(readdirSync(studio.folder)).toEqual(['set']);
  });
});

describe('dataset import', () => {
  it('unpacks shards into a folder with texts beside the pictures', async () => {
    await run('export', 'set', '--format', 'webdataset', '--out', 'shards');
    expect(readdirSync(place('shards'))).toEqual(['data-000000.tar']);
    const { out } = await run('import', 'shards', '--out', 'back');
    expect(out).toContain('wrote: 6 new');
    expect(read('back/trips/coffee cup.txt')).toBe('=1+1 cups, "hot"\n');
    expect(readFileSync(place('back/cat.jpg')).equals(readFileSync(place('set/cat.jpg')))).toBe(true);
  });

  it('refuses an archive that is cut short, and writes nothing', async () => {
    await run('export', 'set', '--format', 'txt', '--out', 'whole.tar');
    writeFileSync(place('cut.tar'), readFileSync(place('whole.tar')).subarray(0, 100_000));
    const { code, err } = await run('import', 'cut.tar', '--out', 'back');
    expect(code).toBe(1);
    expect(err).toContain('cut.tar: is cut short');
    expect(existsSync(place('back'))).toBe(false);
  });
});

describe('dataset clean', () => {
  it('shows each change first, then makes it, and finds nothing a second time', async () => {
    const args = ['clean', 'set', '--opening', '--one-line', '--spaces', '--end', 'point'];
    const dry = await run(...args, '--dry-run');
    expect(dry.out).toContain('  - "The image shows a rocket\\non its pad"\n  + "A rocket on its pad."');
    expect(dry.out).toContain('3 pictures change; would write: 3 changed');
    expect(read('set/cat.txt')).toBe('A cat looks at  you .\n');
    const done = await run(...args);
    expect(done.out).toContain('3 pictures change; wrote: 3 changed');
    expect(read('set/cat.txt')).toBe('A cat looks at you.\n');
    expect((await run(...args)).out).toContain('0 pictures change; wrote: nothing');
  });

  it('takes scores from a file of evaluate, for the very captions that were scored', async () => {
    const line = (file: string, caption: string, CIDEr: number): string => JSON.stringify({ file, caption, CIDEr });
    writeFileSync(
      place('scores.jsonl'),
      [line('cat.jpg', 'A cat looks at  you .', 0.3), line('rocket.jpg', 'Another rocket.', 0.1)].join('\n'),
    );
    const { out } = await run('export', 'set', '--format', 'jsonl', '--scores', place('scores.jsonl'), '--filter', 'score:cider<0.5');
    expect(rowsOf(out).map(({ file }) => file)).toEqual(['cat.jpg']);
  });

  it('replaces by regular expressions on what a filter lets through', async () => {
    const ran = await run('clean', 'set', '--regex', '--replace', '(\\w+) looks', '$1 stares', '--filter', 'name:cat', '--json');
    expect(json(ran)['changes']).toEqual([{ path: 'cat.jpg', before: ['A cat looks at  you .'], after: ['A cat stares at  you .'] }]);
  });

  it('says what is wrong with a pattern and touches nothing', async () => {
    const { code, err } = await run('clean', 'set', '--regex', '--replace', '(cat', 'x');
    expect([code, err]).toEqual([2, 'pattern, character 1: the bracket ( does not end; write \\( for the sign itself\n']);
  });

  it('changes captions where they are: in texts and in tables, whose other members and rows stay as they are written', async () => {
    const table = '{"file_name": "cat.jpg",  "text": "OTHER", "seed": 007.0e1}\n{"file_name": "gone.jpg", "text": "GONE"}\n'.replace(
      '007',
      '7',
    );
    writeFileSync(place('set/metadata.jsonl'), table);
    writeFileSync(place('set/trips/metadata.csv'), 'file_name;seed;text\r\nrocket.jpg;0017;"ROCKET; big"\r\n');
    const { code, err } = await run('clean', 'set', '--case', 'lower');
    expect([err, code]).toEqual(['', 0]);
    expect(read('set/metadata.jsonl')).toBe(table.replace('OTHER', 'other').replace('GONE', 'gone'));
    expect(read('set/trips/metadata.csv')).toBe('file_name;seed;text\r\nrocket.jpg;0017;"rocket; big"\r\n');
    expect(read('set/cat.txt')).toBe('a cat looks at  you .\n');
    expect((await run('clean', 'set', '--case', 'lower')).out).toContain('0 pictures change');
  });

  it('changes captions in COCO files, and nothing else there', async () => {
    const coco =
      '{"info": {"year": 2017}, "images": [{"id": 1, "file_name": "cat.jpg", "width": 9.0}], "annotations": [{"id": 1, "image_id": 1, "caption": "COCO"}, {"id": 2, "image_id": 1, "bbox": [1.0]}]}\n';
    writeFileSync(place('set/coco.json'), coco);
    const { code, err } = await run('clean', 'set', '--case', 'lower');
    expect([err, code]).toEqual(['', 0]);
    expect(read('set/coco.json')).toBe(coco.replace('"COCO"', '"coco"'));
  });

  it('says which captions cannot be changed where they are, and changes nothing', async () => {
    writeFileSync(place('set/page.html'), '<!doctype html><img src="cat.jpg" alt="A PAGE">');
    const { code, err } = await run('clean', 'set', '--case', 'lower');
    expect(code).not.toBe(0);
    expect(err).toContain('page.html: captions do not go back into a file of this kind; export it anew as html');
    expect(read('set/cat.txt')).toBe(`${captions['cat.jpg'] ?? ''}\n`);
  });

  it('says whose tokens a limit counts before anything is read', async () => {
    expect((await run('clean', 'set', '--max-tokens', '4')).err).toContain('--tokenizer clip');
  });

  it('keeps a text of one caption a line as such', async () => {
    writeFileSync(place('set/cat.txt'), 'A CAT\nA TABBY CAT\n');
    expect((await run('clean', 'set', '--per-line', '--case', 'lower', '--filter', 'name:cat')).code).toBe(0);
    expect(read('set/cat.txt')).toBe('a cat\na tabby cat\n');
  });
});
