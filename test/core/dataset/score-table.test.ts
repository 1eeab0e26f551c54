/** @file Tables of scores, the run file and COCO results. */
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/core/dataset/csv.ts';
import { toCocoResults } from '../../../src/core/dataset/coco-results.ts';
import { readRunFile, toCommands, toRunFile, type EvaluationRun, type RunInput } from '../../../src/core/dataset/run-file.ts';
import { findBest, isBest, toScoresCsv, toScoresLatex, toScoresMarkdown, type TableRow } from '../../../src/core/dataset/score-table.ts';

const rows: readonly TableRow[] = [
  {
    system: 'plain, "short"',
    references: 'a_refs|x',
    pictures: 5,
    scores: [
      { name: 'Bleu_4', value: 0.25, low: 0.1, high: 0.4, p: null },
      { name: 'CHAIRs', value: 0.2, low: 0, high: 0.6, p: null },
      { name: 'words', value: 9.5, low: 9, high: 10, p: null },
      { name: 'SPICE', value: null, low: null, high: null, p: null },
    ],
  },
  {
    system: 'long',
    references: 'a_refs|x',
    pictures: 5,
    scores: [
      { name: 'Bleu_4', value: 0.125, low: 0, high: 0.2, p: 0.002 },
      { name: 'CHAIRs', value: 0.4, low: 0, high: 0.8, p: 0.5 },
      { name: 'words', value: 40, low: 30, high: 50, p: 0.002 },
    ],
  },
];

describe('findBest', () => {
  it('takes the highest score, the lowest CHAIR, and nothing for measures without a better end', () => {
    const best = findBest(rows);
    const verdicts = rows.map((row) => row.scores.map((score) => isBest(best, row.references, score)));
    expect(verdicts).toEqual([
      [true, true, false, false],
      [false, false, false],
    ]);
  });

  it('calls nothing the best of one', () => {
    expect(findBest(rows.slice(0, 1)).size).toBe(0);
  });

  it('calls nothing the best where all are equal', () => {
    const equal = rows.slice(0, 1).flatMap((row) => [row, { ...row, system: 'twin' }]);
    expect(findBest(equal).size).toBe(0);
  });
});

describe('toScoresCsv', () => {
  it('is read back by the reader of tables, in full digits', () => {
    const [header, first, ...others] = parseCsv('scores.csv', toScoresCsv(rows), ',');
    expect(header?.fields).toEqual(['system', 'references', 'pictures', 'score', 'value', 'low', 'high', 'p']);
    expect(first?.fields).toEqual(['plain, "short"', 'a_refs|x', '5', 'Bleu_4', '0.25', '0.1', '0.4', '']);
    expect(others).toHaveLength(6);
  });
});

describe('toScoresMarkdown', () => {
  it('sets the best in bold, stars clear differences, and keeps bars inside of names', () => {
    expect(toScoresMarkdown(rows)).toBe(
      [
        '| System | References | Pictures | Bleu_4 | CHAIRs | words |',
        '| --- | --- | ---: | ---: | ---: | ---: |',
        '| plain, "short" | a_refs\\|x | 5 | **0.2500** | **0.2000** | 9.50 |',
        '| long | a_refs\\|x | 5 | 0.1250\\* | 0.4000 | 40.00\\* |',
        '',
      ].join('\n'),
    );
  });
});

describe('toScoresLatex', () => {
  it('escapes what LaTeX would take for orders', () => {
    const latex = toScoresLatex(rows);
    expect(latex).toContain('System & References & Pictures & Bleu\\_4 & CHAIRs & words \\\\');
    expect(latex).toContain('plain, "short" & a\\_refs|x & 5 & \\textbf{0.2500} & \\textbf{0.2000} & 9.50 \\\\');
    expect(latex).toContain('long & a\\_refs|x & 5 & 0.1250$^{*}$ & 0.4000 & 40.00$^{*}$ \\\\');
    const signs = rows.map((row) => ({ ...row, system: '\\~^&%$#_{}' }));
    expect(toScoresLatex(signs)).toContain('\\textbackslash{}\\textasciitilde{}\\textasciicircum{}\\&\\%\\$\\#\\_\\{\\}');
  });
});

describe('findBest', () => {
  const row = (system: string, value: number): TableRow => ({
    system,
    references: 'r',
    pictures: 5,
    scores: [{ name: 'CIDEr', value, low: null, high: null, p: null }],
  });

  it('prefers none of two scores that are printed equal', () => {
    expect(findBest([row('a', 0.99999999), row('b', 0.99999998)])).toEqual(new Map());
    const best = findBest([row('a', 0.5), row('b', 0.50000001), row('c', 0.4)]);
    expect([0.5, 0.50000001, 0.4].map((value) => isBest(best, 'r', { name: 'CIDEr', value }))).toEqual([true, true, false]);
  });
});

describe('toRunFile', () => {
  const input = { sha256: '00', pictures: 5 };
  const run: EvaluationRun = {
    format: 'caption-studio-evaluation-1',
    software: { name: 'caption-studio', version: '1.2.3' },
    createdAt: '2026-01-02T03:04:05.000Z',
    options: { metrics: ['BLEU', 'CIDEr'], draws: 1000, seed: 1, baseline: 'a.json' },
    references: [{ ...input, name: "the refs' file.json" }],
    systems: [
      { ...input, name: 'a.json' },
      { ...input, name: 'b.json' },
    ],
    objects: null,
    scores: rows,
  };

  it('holds all of it, and the commands that repeat it', () => {
    expect(JSON.parse(toRunFile(run))).toEqual({ ...run, commands: toCommands(run) });
  });

  it('compares with the baseline but the baseline itself, and quotes names with blanks', () => {
    expect(toCommands(run)).toEqual([
      String.raw`caption-studio evaluate --hypotheses a.json --references 'the refs'\'' file.json' --metrics BLEU,CIDEr --draws 1000 --seed 1 --json`,
      String.raw`caption-studio evaluate --hypotheses b.json --references 'the refs'\'' file.json' --baseline a.json --metrics BLEU,CIDEr --draws 1000 --seed 1 --json`,
    ]);
  });
});

describe('commands of captions that the studio wrote', () => {
  const sha256 = '00'.repeat(32);
  const conditions = {
    model: { name: 'mini', sha256 },
    style: null,
    prompt: 'Say it.',
    system: null,
    decoding: { beams: 4, noRepeatNgram: 2 },
  };
  const run = (own: Partial<RunInput>): EvaluationRun => ({
    format: 'caption-studio-evaluation-1',
    software: { name: 'caption-studio', version: '1.2.3' },
    createdAt: '2026-01-02T03:04:05.000Z',
    options: { metrics: ['CIDEr'], draws: 0, seed: 1, baseline: null },
    references: [{ name: 'r.json', sha256, pictures: 5 }],
    systems: [{ name: 'own.jsonl', sha256, pictures: 5, ...own }],
    objects: null,
    scores: [],
  });
  const end = '--references r.json --metrics CIDEr --draws 0 --seed 1 --json';

  it('have them written again, with prompt and decoding', () => {
    expect(toCommands(run({ conditions }))).toEqual([
      `caption-studio evaluate --images PICTURES --model MODEL --prompt 'Say it.' --beams 4 --repeat-ngram-ban 2 --hypotheses-out own.jsonl ${end}`,
    ]);
    const words = {
      ...conditions,
      system: '',
      decoding: { bannedWords: ['a', 'b'], forcedWords: ['sks style', 'c'], startsWith: 'A photo' },
    };
    expect(toCommands(run({ conditions: words }))).toEqual([
      `caption-studio evaluate --images PICTURES --model MODEL --prompt 'Say it.' --system '' --ban a,b --force-words 'sks style,c' --starts-with 'A photo' --hypotheses-out own.jsonl ${end}`,
    ]);
  });

  it('put the styles on by name, each at its strength', () => {
    const short = { name: 'short', sha256, scale: 1 };
    const worn = (adapters: readonly (typeof short)[]): readonly string[] =>
      toCommands(run({ conditions: { ...conditions, decoding: {}, style: { name: 'short', adapters } } }));
    const after = `--prompt 'Say it.' --hypotheses-out own.jsonl ${end}`;
    expect(worn([short])).toEqual([`caption-studio evaluate --images PICTURES --model MODEL --adapter short ${after}`]);
    expect(worn([short, { ...short, name: 'two words', scale: 0.5 }])).toEqual([
      `caption-studio evaluate --images PICTURES --model MODEL --adapter short --adapter 'two words' --scale 1 --scale 0.5 ${after}`,
    ]);
  });

  it('come in an order in which those that others are compared with are written first, and name stored frequencies', () => {
    const two = run({ conditions });
    const systems = [...two.systems, { name: 'first.jsonl', label: 'First', sha256, pictures: 5 }];
    const frequencies = { name: 'df.json', sha256, pictures: 100 };
    const after = '--df df.json --metrics CIDEr --draws 0 --seed 1 --json';
    expect(toCommands({ ...two, systems, frequencies, options: { ...two.options, baseline: 'First' } })).toEqual([
      `caption-studio evaluate --hypotheses first.jsonl --references r.json ${after}`,
      expect.stringMatching(/--hypotheses-out own\.jsonl --references r\.json --baseline first\.jsonl --df df\.json/u),
    ]);
  });

  it('are left out when the file is read again', () => {
    expect(readRunFile('run.json', JSON.parse(toRunFile(run({ conditions }))))).toMatchObject(run({ conditions }));
  });

  it.each([
    [{ format: 'other' }, /run\.json: is no run file of this studio: expected "format"/u],
    [{ options: { metrics: 'CIDEr' } }, /options/u],
    [{ systems: [{ name: 'a' }] }, /systems: each needs name, sha256 and pictures/u],
    [{ systems: [{ name: 'a', sha256, pictures: 1, conditions: {} }] }, /systems/u],
    [{ objects: 3 }, /objects/u],
    [{ scores: [1] }, /scores/u],
  ])('are refused with %j', (wrong, message) => {
    expect(() => readRunFile('run.json', { ...run({}), ...wrong })).toThrow(message);
  });
});

describe('toCocoResults', () => {
  it('gives COCO’s numbers where names are numbers, and names otherwise', () => {
    const text = toCocoResults(['COCO_val2014_000000404464.jpg', 'photos/7.png', 'cat.jpg'], ['one', 'two', 'three']);
    expect(JSON.parse(text)).toEqual([
      { image_id: 404464, caption: 'one' },
      { image_id: 7, caption: 'two' },
      { image_id: 'cat.jpg', caption: 'three' },
    ]);
  });
});
