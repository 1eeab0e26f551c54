/** @file Scores of several systems written as CSV, Markdown and LaTeX tables, a row for each system. */

import { betterEnd, formatScore } from '../metric/reading.ts';

/** One score in a table. */
export interface TableScore {
  readonly name: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** How likely the difference from the baseline would be by chance; null where nothing is compared. */
  readonly p: number | null;
}

/** One system on one set of references. */
export interface TableRow {
  readonly system: string;
  readonly references: string;
  /** How many pictures were scored. */
  readonly pictures: number;
  readonly scores: readonly TableScore[];
}

/** Below this a difference from the baseline is marked. */
export const clearP = 0.05;

/** Finds the best value of each score within each set of references; scores that are printed equal in all rows, and those without a better end, have none. */
export function findBest(rows: readonly TableRow[]): ReadonlyMap<string, number> {
  const values = new Map<string, { readonly name: string; readonly end: 'higher' | 'lower'; readonly all: number[] }>();
  for (const { references, scores } of rows) {
    for (const { name, value } of scores) {
      const end = betterEnd(name);
      if (end === null || value === null) continue;
      const key = bestKey(references, name);
      const known = values.get(key);
      if (known === undefined) values.set(key, { name, end, all: [value] });
      else known.all.push(value);
    }
  }
  return new Map(
    [...values]
      .filter(([, { name, all }]) => new Set(all.map((value) => formatScore(name, value))).size > 1)
      .map(([key, { end, all }]) => [key, end === 'higher' ? Math.max(...all) : Math.min(...all)]),
  );
}

/** Tells whether a score is the best of its set of references, to the digits that are printed. */
export function isBest(
  best: ReadonlyMap<string, number>,
  references: string,
  { name, value }: Pick<TableScore, 'name' | 'value'>,
): boolean {
  const most = best.get(bestKey(references, name));
  return value !== null && most !== undefined && formatScore(name, value) === formatScore(name, most);
}

/** Writes one line for each score with interval and p, in full digits, for programs. */
export function toScoresCsv(rows: readonly TableRow[]): string {
  const lines = rows.flatMap(({ system, references, pictures, scores }) =>
    scores.map(({ name, value, low, high, p }) => [system, references, pictures, name, value, low, high, p]),
  );
  return [['system', 'references', 'pictures', 'score', 'value', 'low', 'high', 'p'], ...lines]
    .map((line) => `${line.map(csvField).join(',')}\r\n`)
    .join('');
}

/** Writes a Markdown table: the best in bold, a star where the difference from the baseline is clear. */
export function toScoresMarkdown(rows: readonly TableRow[]): string {
  const best = findBest(rows);
  const names = scoreNames(rows);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const plain = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/gu, ' ');
  const body = rows.map((row) => {
    const cells = names.map((name) => {
      const score = row.scores.find((one) => one.name === name);
      if (score === undefined || score.value === null) return '–';
      const text = formatScore(name, score.value);
      return `${isBest(best, row.references, score) ? `**${text}**` : text}${isClear(score) ? '\\*' : ''}`;
    });
    return line([plain(row.system), plain(row.references), String(row.pictures), ...cells]);
  });
  const rule = line(['---', '---', '---:', ...names.map(() => '---:')]);
  return `${[line(['System', 'References', 'Pictures', ...names.map(plain)]), rule, ...body].join('\n')}\n`;
}

/** Writes a LaTeX tabular for the booktabs package: the best in bold, a star where the difference from the baseline is clear. */
export function toScoresLatex(rows: readonly TableRow[]): string {
  const best = findBest(rows);
  const names = scoreNames(rows);
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const body = rows.map((row) => {
    const cells = names.map((name) => {
      const score = row.scores.find((one) => one.name === name);
      if (score === undefined || score.value === null) return '--';
      const text = formatScore(name, score.value).replace(/^-/u, '$-$');
      return `${isBest(best, row.references, score) ? `\\textbf{${text}}` : text}${isClear(score) ? '$^{*}$' : ''}`;
    });
    return line([escapeLatex(row.system), escapeLatex(row.references), String(row.pictures), ...cells]);
  });
  return [
    '% \\usepackage{booktabs}; * marks p < 0.05 against the baseline (paired bootstrap)',
    `\\begin{tabular}{llr${'r'.repeat(names.length)}}`,
    '\\toprule',
    line(['System', 'References', 'Pictures', ...names.map(escapeLatex)]),
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

/** Names of scores in the order of first mention, those without any value left out. */
function scoreNames(rows: readonly TableRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ scores }) => scores.flatMap(({ name, value }) => (value === null ? [] : [name]))))];
}

function isClear({ p }: TableScore): boolean {
  return p !== null && p < clearP;
}

/** The key of a score within a set of references; a line end stands in no name. */
function bestKey(references: string, name: string): string {
  return `${references}\n${name}`;
}

function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const latexSpecials: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

function escapeLatex(text: string): string {
  return text.replaceAll(/[\\~^&%$#_{}]/gu, (sign) => latexSpecials[sign] ?? `\\${sign}`);
}
