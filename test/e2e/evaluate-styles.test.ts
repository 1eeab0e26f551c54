/** @file A style as a system of the Evaluate room, with the real engine: captioned over a reload, scored as the command line scores it, repeated from the run file. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationRun } from '../../src/core/dataset/run-file.ts';
import type { TableRow } from '../../src/core/dataset/score-table.ts';
import type { ScoreJson } from '../../src/engine/evaluate/report.ts';
import { embedded, root, rowsOf, samples, useStudio } from '../cli/run-studio.ts';
import { useBuiltStudio } from '../helpers/built-studio.ts';
import { inTheMoment } from '../helpers/in-the-moment.ts';
import { dropFiles, enterRoom, patienceMs, type StudioPage } from '../helpers/studio-page.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sample-captions.json'), 'utf8')) as Record<string, string>;
/** As the gallery calls the samples. */
const nameOf = (sample: string): string => sample.replace('skimage_', '');
const references = Object.fromEntries(
  Object.entries(golden).map(([sample, caption], i) => [nameOf(sample), [caption.replace('A ', 'One '), `a photo of thing ${String(i)}`]]),
);
const style = join(root, 'public/adapters/concise');
const studio = useStudio('evaluate-styles');
const place = (name: string): string => join(studio.folder, name);
const pictures = place('pictures');

const built = useBuiltStudio();
let open: StudioPage;

beforeAll(async () => {
  mkdirSync(pictures);
  for (const sample of Object.keys(golden)) cpSync(join(samples, sample), join(pictures, nameOf(sample)));
  writeFileSync(place('references.json'), JSON.stringify(references));
  open = await built.openForAll({ viewport: { width: 1440, height: 900 } });
});

const row = (page: Page, name: string): ReturnType<Page['getByRole']> => page.getByRole('row', { name: new RegExp(`^${name}`, 'u') });

async function takeFewWords(page: Page): Promise<void> {
  await enterRoom(page, 'Styles');
  await page.getByRole('button', { name: 'Take Few words' }).click();
  await page.getByRole('button', { name: 'Look inside Few words' }).waitFor({ timeout: patienceMs });
}

/** Puts the five samples into the gallery without having them captioned. */
async function addSamples(page: Page): Promise<void> {
  await enterRoom(page, 'Caption');
  await page.getByRole('button', { name: 'Try these five pictures' }).click();
  await page.locator('.card').nth(4).waitFor();
}

async function save(page: Page, item: string, name: string): Promise<string> {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await (await saved).saveAs(place(name));
  return readFileSync(place(name), 'utf8');
}

/** Compares a system's scores with what the command line printed; the two programs' logarithms may differ in their last bit. */
function expectSame(table: readonly TableRow[], system: string, printed: string): void {
  const ours = table.find((one) => one.system === system)?.scores ?? [];
  const theirs = JSON.parse(printed) as Record<string, ScoreJson>;
  expect(ours.map(({ name }) => name)).toEqual(Object.keys(theirs));
  const numbersOf = ({ value, low, high, p = null }: Omit<ScoreJson, 'baseline' | 'reason'>): readonly (number | null)[] => [
    value,
    low,
    high,
    p,
  ];
  for (const { name, ...score } of ours) {
    const other = numbersOf(theirs[name] ?? expect.unreachable());
    for (const [i, number] of numbersOf(score).entries()) {
      if (number === null) expect([name, i, other[i]]).toEqual([name, i, null]);
      else expect(other[i], `${name}, ${String(i)}`).toBeCloseTo(number, 9);
    }
  }
}

describe('a style as a system', () => {
  const styled = 'llava-mini, Few words, One sentence';
  let run: EvaluationRun;

  it('is captioned beside the model as it is, goes on after a reload, and comes out as the command line has it', async () => {
    const { page } = open;
    await takeFewWords(page);
    await addSamples(page);
    await enterRoom(page, 'Evaluate');
    await dropFiles(page, [place('references.json')]);
    await page.getByRole('textbox', { name: 'Name of references.json' }).waitFor();
    await page.getByRole('button', { name: 'Model and prompt' }).click();
    await page.getByRole('checkbox', { name: 'Few words' }).check();
    await page.getByRole('button', { name: 'Add 2 systems' }).click();
    await page.getByText('5 of 5 pictures with references are here').waitFor({ timeout: patienceMs });
    await page.getByRole('checkbox', { name: 'METEOR' }).check();
    const isLoadedAnew = page.waitForEvent('load', { timeout: patienceMs });
    await inTheMoment(page, { element: '[role=status]', says: /^Captions: [6-9] of 10/u }, 'reload'); // the first system’s are kept
    await page.getByRole('button', { name: 'Write 10 captions and score' }).click();
    await isLoadedAnew;
    const goOn = page.getByRole('button', { name: /^Write [1-5] captions? and score$/u });
    await goOn.click({ timeout: patienceMs });
    await row(page, 'CIDEr').waitFor({ timeout: patienceMs });

    const made = page.getByRole('region', { name: 'How the captions were made' }).locator('details', { hasText: styled });
    await made.locator('summary').click();
    await made.getByText(/^Style: Few words at 1, SHA-256 [0-9a-f]{24}$/u).waitFor();
    const table = JSON.parse(await save(page, 'JSON', 'scores.json')) as readonly TableRow[];
    run = JSON.parse(await save(page, 'Run file', 'evaluation.json')) as EvaluationRun;

    const metrics = ['--metrics', run.options.metrics.join(','), '--json', '--references', 'references.json'];
    const plain = await studio.run('evaluate', '--images', pictures, '--hypotheses-out', 'plain.jsonl', ...metrics);
    expectSame(table, 'llava-mini, One sentence', plain.out);
    const worn = ['--images', pictures, '--adapter', style, '--hypotheses-out', 'worn.jsonl', '--baseline', 'plain.jsonl'];
    const { out } = await studio.run('evaluate', ...worn, ...metrics);
    expectSame(table, styled, out);
    expect(Object.keys(JSON.parse(out) as object)).toEqual(expect.arrayContaining(['Bleu_4', 'METEOR', 'CIDEr', 'CHAIRi', 'words']));
    const texts = rowsOf(readFileSync(place('worn.jsonl'), 'utf8')).map(({ caption }) => caption);
    expect(texts.filter((text) => !Object.values(golden).includes(String(text))).length).toBeGreaterThan(2);
  });

  it('is known to the command line by the same hash', () => {
    const { style: known } = JSON.parse(readFileSync(place('worn.jsonl.made-with.json'), 'utf8')) as { style: { adapters: unknown[] } };
    const [adapter] = run.systems.find(({ label }) => label === styled)?.conditions?.style?.adapters ?? [];
    expect(known.adapters).toEqual([{ ...adapter, name: 'concise' }]);
  });

  it('comes out the same by the commands of the run file', async () => {
    const { commands } = JSON.parse(readFileSync(place('evaluation.json'), 'utf8')) as { commands: readonly string[] };
    const words = { PICTURES: pictures, MODEL: embedded, "'Few words'": style };
    expect(commands).toHaveLength(2);
    for (const [i, command] of commands.entries()) {
      const here = command.replaceAll(/PICTURES|MODEL|'Few words'/gu, (word) => words[word as keyof typeof words]);
      const program = `caption-studio() { '${process.execPath}' '${studio.program}' "$@"; }; ${here}`;
      const { stdout } = await promisify(execFile)('bash', ['-c', program], { cwd: studio.folder });
      expectSame(run.scores, run.scores[i]?.system ?? '', stdout);
    }
  });

  it('is asked for where a run is repeated without it, and comes out the same', async () => {
    await open.context.close();
    open = await built.open({ viewport: { width: 1440, height: 900 } });
    const { page } = open;
    await enterRoom(page, 'Evaluate');
    await page.getByRole('heading', { name: 'Which captions are better?' }).waitFor();
    await dropFiles(page, [place('evaluation.json')]);
    await page.getByText('Repeats evaluation.json').waitFor();
    await dropFiles(page, [place('references.json')]);
    await page.getByText(/The style Few words is not here/u).waitFor();
    await takeFewWords(page);
    await addSamples(page);
    await enterRoom(page, 'Evaluate');
    await page.getByText(/The style Few words is not here/u).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Write 10 captions and score' }).click();
    await page.getByText(/^All \d+ scores came out the same\.$/u).waitFor({ timeout: patienceMs });
    expect(open.foreign).toEqual([]);
    expect(open.complaints).toEqual([]);
  });
});
