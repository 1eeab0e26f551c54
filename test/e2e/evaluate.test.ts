/** @file The Evaluate room of the built page: two files in, the command line's numbers out; kept, saved, reached by keyboard, told to readers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/cli/evaluate/evaluate.ts';
import { formatScore } from '../../src/core/metric/reading.ts';
import type { ScoreJson } from '../../src/engine/evaluate/report.ts';
import { barriersIn } from '../helpers/screen-faults.ts';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { enterRoom, patienceMs } from '../helpers/studio-page.ts';

const rows = readFileSync(join(import.meta.dirname, '../fixtures/metrics/fakecap-100.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; hyp: string; refs: string[] });
const files = {
  'results.json': JSON.stringify(rows.map(({ id, hyp }) => ({ image_id: Number(id), caption: hyp }))),
  'first.jsonl': rows.map(({ id, refs }) => JSON.stringify({ file: `${id}.jpg`, caption: refs[0] })).join('\n'),
  'references.json': JSON.stringify(Object.fromEntries(rows.map(({ id, refs }) => [`${id}.jpg`, refs]))),
};
type FileName = keyof typeof files;

const built = useBuiltStudio('/some/where/');
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  context = await built.browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(patienceMs);
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  await page.goto(`${built.url}#/evaluate`);
});

/** The numbers of the command line. */
async function scoresOfCommandLine(...flags: string[]): Promise<Record<string, ScoreJson>> {
  let printed = '';
  await runEvaluate([...flags, '--references', 'references.json', '--json'], {
    readText: (path) => Promise.resolve(files[path as FileName]),
    writeText: () => Promise.resolve(),
    checkPlace: () => Promise.resolve(),
    print: (text) => (printed += text),
    note: () => undefined,
    caption: () => Promise.reject(new Error('no model in this test')),
    conditionsOf: () => Promise.resolve(null),
  });
  return JSON.parse(printed) as Record<string, ScoreJson>;
}

async function choose(button: string, name: FileName): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button, exact: true }).click();
  await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(files[name]) });
  await page.getByRole('textbox', { name: `Name of ${name}` }).waitFor();
}

/** What the table shows: score names with their cells' texts, and what a reader is told of each. */
async function readTable(): Promise<Record<string, { cells: string[]; told: string[] }>> {
  const lines = await page.locator('table').first().locator('tbody tr').all();
  const entries = await Promise.all(
    lines.map(async (line) => {
      const buttons = await line.locator('td button').all();
      const cells = buttons.length === 0 ? await line.locator('td').allTextContents() : await line.locator('td button').allTextContents();
      const told = await Promise.all(buttons.map(async (button) => (await button.getAttribute('aria-label')) ?? ''));
      return [(await line.locator('th').textContent()) ?? '', { cells, told }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

describe('the Evaluate room', () => {
  it('is empty at first, and clean for readers', async () => {
    await page.getByRole('heading', { name: 'Which captions are better?' }).waitFor();
    expect(await barriersIn(page)).toEqual([]);
  });

  it('shows the numbers of `studio evaluate --json` for the same two systems, METEOR among them', async () => {
    await choose('Results file', 'results.json');
    await choose('Results file', 'first.jsonl');
    await choose('References', 'references.json');
    await page.getByRole('checkbox', { name: 'METEOR' }).check();
    expect(built.log.filter(({ path }) => path.includes('/metrics/meteor/'))).toEqual([]);
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await page.getByRole('heading', { name: 'Pictures', exact: true }).waitFor({ timeout: 120_000 });
    expect(built.log.filter(({ path, status }) => path.includes('/metrics/meteor/') && status === 200)).toHaveLength(2);

    const table = await readTable();
    const first = await scoresOfCommandLine('--hypotheses', 'results.json');
    const second = await scoresOfCommandLine('--hypotheses', 'first.jsonl', '--baseline', 'results.json');
    expect(Object.keys(table)).toEqual(Object.keys(first));
    for (const [name, { cells, told }] of Object.entries(table)) {
      if (name === 'SPICE') {
        expect(cells[0]).toMatch(/^not computed: it needs/);
        continue;
      }
      const expected = [first[name], second[name]];
      expect(
        cells.map((cell) => cell.replace('*', '')),
        name,
      ).toEqual(expected.map((score) => formatScore(name, score?.value ?? Number.NaN)));
      const interval = formatScore(name, first[name]?.low ?? Number.NaN);
      expect(told[0], name).toContain(`between ${interval} and ${formatScore(name, first[name]?.high ?? Number.NaN)}`);
      const p = second[name]?.p ?? null;
      if (p !== null) expect(told[1], name).toContain(`p = ${p.toFixed(3)}`);
      expect(cells[1]?.endsWith('*'), name).toBe(p !== null && p < 0.05);
    }
  });

  it('is clean for readers with its numbers, light and dark', async () => {
    await page.getByText('Why this score').first().click();
    expect(await barriersIn(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await barriersIn(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('tells intervals on focus and opens pictures by the keyboard', async () => {
    const cell = page
      .getByRole('row', { name: /^CIDEr/ })
      .getByRole('button')
      .first();
    await cell.focus();
    await page.getByText(/^95 % between/).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('combobox', { name: 'Score', exact: true }).inputValue()).toBe('CIDEr');
    await expect.poll(() => page.getByText('METEOR’s alignment').count()).toBe(12);
  });

  it('opens the picture of a dot that is clicked', async () => {
    const chart = page.getByRole('figure').filter({ hasText: 'against' }); // its other words change under the pointer
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.locator('.plot').boundingBox();
    if (box === null) return expect.unreachable('the chart has no place');
    const isOnDot = (): Promise<boolean> =>
      chart
        .locator('.pickable')
        .count()
        .then((count) => count > 0);
    for (let y = 8; y < box.height && !(await isOnDot()); y += 8) {
      for (let x = 8; x < box.width && !(await isOnDot()); x += 8) await page.mouse.move(box.x + x, box.y + y);
    }
    const named = await chart.locator('p.hover').first().innerText();
    expect(named).toMatch(/^\d+$/);
    await page.mouse.down();
    await page.mouse.up();
    const opened = page.locator('article, li').filter({ hasText: named }).filter({ hasText: 'Why this score' });
    await opened.first().waitFor();
    await expect.poll(() => opened.first().evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true);
  });

  it('leaves a name with Escape, offers what was typed, and keeps a name that is emptied', async () => {
    const name = page.getByRole('textbox', { name: 'Name of results.json' });
    await name.fill('My system');
    await name.press('Escape');
    expect(await name.inputValue()).toBe('results');
    await page.getByRole('button', { name: 'Bring back' }).click();
    await expect.poll(() => name.inputValue()).toBe('My system');
    await name.fill('');
    await name.press('Enter');
    await expect.poll(() => name.inputValue()).toBe('My system');
    await name.fill('results');
    await name.press('Enter');
    await page.getByRole('columnheader', { name: 'results' }).first().waitFor();
  });

  it('has the list of pictures as it was left when one comes back from another room', async () => {
    const score = page.getByRole('combobox', { name: 'Score', exact: true });
    await score.selectOption('ROUGE_L');
    const row = page.locator('#evaluate-pictures li').filter({ hasText: 'Why this score' }).nth(5);
    await row.getByText('Why this score').click();
    await row.scrollIntoViewIfNeeded();
    await enterRoom(page, 'Models');
    await page.goBack();
    await expect.poll(() => score.inputValue()).toBe('ROUGE_L');
    await row.getByRole('heading', { name: 'References' }).waitFor();
    await expect.poll(() => row.evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true);
  });

  it('keeps its numbers over a reload', async () => {
    const before = await readTable();
    await page.reload();
    await page.getByRole('heading', { name: 'Pictures', exact: true }).waitFor();
    await expect.poll(readTable).toEqual(before);
    await page.locator('mark.order4').first().waitFor();
  });

  it('saves tables, and a run file that holds what repeats it', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Run file, to repeat it' }).click();
    const run = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
      options: object;
      systems: { name: string; sha256: string }[];
      scores: { scores: { name: string; value: number | null }[] }[];
      commands: string[];
    };
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(files['results.json']));
    expect(run.systems[0]).toMatchObject({ name: 'results.json', sha256: Buffer.from(digest).toString('hex') });
    expect(run.options).toMatchObject({ draws: 1000, seed: 1, baseline: 'results' });
    const words = (run.commands[0] ?? '')
      .split(' ')
      .slice(2)
      .filter((word) => word !== '--json');
    const again = await scoresOfCommandLine(...words);
    const saved = Object.fromEntries(run.scores[0]?.scores.map(({ name, value }) => [name, value]) ?? []);
    for (const [name, { value }] of Object.entries(again)) {
      if (value === null) expect(saved[name], name).toBeNull();
      // Browser and Node differ in the last bit of a logarithm.
      else expect(saved[name], name).toBeCloseTo(value, 12);
    }
  });

  it('shows the worked example on a narrow screen, clean for readers', async () => {
    const narrow = await built.browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    narrow.setDefaultTimeout(patienceMs);
    const small = await narrow.newPage();
    await small.goto(`${built.url}#/evaluate`);
    await small.getByRole('button', { name: 'See a worked example' }).click();
    await small.getByRole('heading', { name: 'Pictures', exact: true }).waitFor();
    const overflow = await small.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await barriersIn(small)).toEqual([]);

    const setup = small.getByRole('region', { name: 'What is compared' });
    await small.getByRole('button', { name: 'What is compared' }).click();
    await setup.waitFor();
    expect(await barriersIn(small)).toEqual([]);
    await small.getByRole('button', { name: 'See results' }).click();
    await setup.waitFor({ state: 'hidden' });

    await small.getByRole('button', { name: 'What is compared' }).click();
    await small.getByRole('button', { name: 'Score again' }).click();
    await setup.waitFor({ state: 'hidden' });
    await expect.poll(() => small.locator('main').evaluate((main) => Math.round(main.getBoundingClientRect().top))).toBe(0);
    // The set-up is gone, and with it the button: Tab goes on where the numbers begin.
    await expect.poll(() => small.locator('main').evaluate((main) => main === document.activeElement)).toBe(true);
    await small.keyboard.press('Tab');
    await expect.poll(() => small.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('What is compared');
    await narrow.close();
  });

  it('said nothing on the console', () => {
    expect(complaints).toEqual([]);
  });
});
