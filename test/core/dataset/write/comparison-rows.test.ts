/** @file Comparisons as tables. */
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../src/core/dataset/csv.ts';
import { withoutFormulaGuard } from '../../../../src/core/dataset/formula-guard.ts';
import { writeComparisonCsv, writeComparisonLines, type ComparisonRow } from '../../../../src/core/dataset/write/comparison-rows.ts';

const rows: readonly ComparisonRow[] = [
  {
    file: 'trips/a, b.jpg',
    model: 'llava-mini',
    style: 'Few "words"',
    strength: 0.5,
    prompt: '=HYPERLINK("x")',
    caption: 'A dog,\nrunning.',
    chosen: true,
    blind: true,
  },
  { file: '-c.jpg', model: 'llava-mini', style: null, strength: null, prompt: 'Caption it.', caption: null, chosen: false, blind: false },
];

describe('a comparison as CSV', () => {
  it('has a row for each picture and caption that comes back as it was', () => {
    const text = [...writeComparisonCsv(rows)].join('');
    const [header, ...body] = parseCsv('rows.csv', text, ',').map(({ fields }) => fields.map(withoutFormulaGuard));
    expect(header).toEqual(['file', 'model', 'style', 'strength', 'prompt', 'caption', 'chosen', 'blind']);
    expect(body).toEqual([
      ['trips/a, b.jpg', 'llava-mini', 'Few "words"', '0.5', '=HYPERLINK("x")', 'A dog,\nrunning.', 'true', 'true'],
      ['-c.jpg', 'llava-mini', '', '', 'Caption it.', '', 'false', 'false'],
    ]);
  });

  it('holds nothing that a spreadsheet would compute', () => {
    const [, first, second] = writeComparisonCsv(rows);
    expect(first).toContain('"\'=HYPERLINK(""x"")"');
    expect(second).toMatch(/^'-c\.jpg,/u);
  });
});

describe('a comparison as JSON lines', () => {
  it('has an object for each picture and caption, with the same members', () => {
    const lines = [...writeComparisonLines(rows)];
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
    expect(lines.every((line) => line.endsWith('}\n') && !line.slice(0, -1).includes('\n'))).toBe(true);
  });
});
