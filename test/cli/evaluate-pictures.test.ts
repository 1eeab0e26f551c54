/** @file `evaluate --images`: captions the sample photos first, and goes on where it was stopped. */
import { existsSync, mkdirSync, readFileSync, writeFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScoreJson } from '../../src/engine/evaluate/report.ts';
import { rowsOf, samples, useStudio } from './run-studio.ts';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sample-captions.json'), 'utf8')) as Record<string, string>;
const studio = useStudio('evaluate-pictures');
const place = (name: string): string => join(studio.folder, name);
const references = {
  'skimage_chelsea.jpg': ['A tabby cat looks to the side.', 'A striped cat.'],
  'skimage_coffee.jpg': ['A cup of coffee on a table.'],
  'skimage_camera.jpg': ['A man with a camera.'],
  'skimage_rocket.jpg': ['A rocket at night.'],
};
const scoresOf = (text: string): Record<string, ScoreJson> => JSON.parse(text) as Record<string, ScoreJson>;
const evaluate = (...args: readonly string[]): ReturnType<typeof studio.run> => {
  writeFileSync(place('references.json'), JSON.stringify(references));
  return studio.run('evaluate', '--references', 'references.json', '--json', ...args);
};

describe('evaluate --images', () => {
  it('scores as with the captions that `caption` writes, and says how they were made', async () => {
    const { code, out, err } = await evaluate('--images', samples, '--hypotheses-out', 'kept.jsonl');
    expect(code).toBe(0);
    expect(err).toMatch(/without references, and so not captioned: 1 of 5 pictures/u);
    expect(err).toMatch(/Model: llava-mini, SHA-256 [0-9a-f]{64}\nPrompt: Provide a one-sentence caption/u);
    const kept = rowsOf(readFileSync(place('kept.jsonl'), 'utf8'));
    expect(Object.fromEntries(kept.map(({ file, caption }) => [file, caption]))).toEqual(
      Object.fromEntries(Object.keys(references).map((file) => [file, golden[file]])),
    );
    writeFileSync(place('golden.json'), JSON.stringify(Object.fromEntries(Object.entries(golden).filter(([file]) => file in references))));
    const fromFile = scoresOf((await evaluate('--hypotheses', 'golden.json')).out);
    for (const [name, { value }] of Object.entries(scoresOf(out))) expect([name, value]).toEqual([name, fromFile[name]?.value]);
  });

  it('writes nothing anew where all captions are there, and refuses to mix two prompts in one file', async () => {
    const before = readFileSync(place('kept.jsonl'), 'utf8');
    expect((await evaluate('--images', samples, '--hypotheses-out', 'kept.jsonl')).code).toBe(0);
    expect(readFileSync(place('kept.jsonl'), 'utf8')).toBe(before);
    const { code, err } = await evaluate('--images', samples, '--hypotheses-out', 'kept.jsonl', '--prompt', 'detail');
    expect(code).toBe(2);
    expect(err).toMatch(/the prompt was "Provide a one-sentence.*", now it is "Describe the image in detail\."; name another file/u);
    expect(readFileSync(place('kept.jsonl'), 'utf8')).toBe(before);
  });

  it('keeps what is written at Ctrl-C, and the same command goes on', async () => {
    mkdirSync(place('many'), { recursive: true });
    const many: Record<string, string[]> = {};
    for (let i = 0; i < 40; i++) {
      cpSync(join(samples, 'skimage_chelsea.jpg'), place(`many/${String(i)}.jpg`));
      many[`${String(i)}.jpg`] = ['A cat.'];
    }
    writeFileSync(place('many.json'), JSON.stringify(many));
    const args = ['evaluate', '--references', 'many.json', '--images', 'many', '--hypotheses-out', 'many.jsonl', '--batch', '2'] as const;
    const moment = { file: 'many.jsonl', says: /\n/u, signal: 'SIGINT' } as const;
    const { code, err, out } = await studio.runUntil(moment, ...args, '--metrics', 'BLEU');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/stopped after \d+ of 40 pictures; the same command goes on from here/u);
    const first = readFileSync(place('many.jsonl'), 'utf8');
    expect(rowsOf(first).length).toBeLessThan(40);
    const again = await studio.run(...args, '--metrics', 'BLEU', '--json');
    expect(again.code).toBe(0);
    expect(readFileSync(place('many.jsonl'), 'utf8').startsWith(first)).toBe(true);
    expect(rowsOf(readFileSync(place('many.jsonl'), 'utf8'))).toHaveLength(40);
  });

  it('captions with an adapter, tells of it, and refuses to mix two strengths in one file', async () => {
    const family = join(import.meta.dirname, '../fixtures/reference/llava-interleave-qwen2');
    const base = [
      '--images',
      samples,
      '--model',
      join(family, 'checkpoint'),
      '--limit',
      '2',
      '--max-new-tokens',
      '6',
      '--metrics',
      'words',
    ];
    const worn = [...base, '--adapter', join(family, 'adapters/lora'), '--hypotheses-out', 'worn.jsonl'];
    const { code, err } = await evaluate(...worn, '--scale', '0.5');
    expect(code).toBe(0);
    expect(err).toMatch(/Style: lora at 0\.5, SHA-256 [0-9a-f]{24}\n/u);
    const other = await evaluate(...worn, '--scale', '1');
    expect(other.code).toBe(2);
    expect(other.err).toMatch(/the style was lora [0-9a-f]{12} at 0\.5, now it is lora [0-9a-f]{12} at 1/u);
    expect((await evaluate(...base, '--hypotheses-out', 'bare.jsonl')).code).toBe(0);
    expect(readFileSync(place('bare.jsonl'), 'utf8')).not.toBe(readFileSync(place('worn.jsonl'), 'utf8'));
  });

  it('names pictures that cannot be read and scores the others', async () => {
    mkdirSync(place('half'), { recursive: true });
    cpSync(join(samples, 'skimage_coffee.jpg'), place('half/skimage_coffee.jpg'));
    writeFileSync(place('half/skimage_rocket.jpg'), 'no picture');
    const { code, err, out } = await evaluate('--images', 'half', '--metrics', 'ROUGE_L');
    expect(code).toBe(1);
    expect(err).toMatch(/skimage_rocket\.jpg: /u);
    expect(scoresOf(out)['ROUGE_L']?.value).toBeGreaterThan(0);
  });

  it.each([
    [[], /--hypotheses FILE, or the pictures to caption with --images/u],
    [['--hypotheses', 'a.json', '--images', 'x'], /say one of the two/u],
    [['--hypotheses', 'a.json', '--model', 'x'], /--model, --adapter and --hypotheses-out go with --images/u],
    [['--images', 'nowhere'], /nowhere: there is no such file or folder/u],
    [['--images', samples, '--model', 'nowhere'], /nowhere: there is no such folder/u],
    [['--images', samples, '--adapter', 'nowhere'], /nowhere: there is no such folder or zip/u],
    [['--images', samples, '--df', 'nowhere'], /nowhere: there is no such file/u],
    [['--images', samples, '--hypotheses-out', 'golden.json'], /golden\.json: has captions already, and nothing tells how/u],
    [['--images', samples, '--beams', '0'], /whole number from 1/u],
  ])('refuses %j before anything is captioned', async (args, message) => {
    const { code, err, out } = await evaluate(...args);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err).toMatch(message);
  });

  it('writes no caption where the scores have no place to go', async () => {
    const { code, err } = await evaluate('--images', samples, '--hypotheses-out', 'unwritten.jsonl', '--per-image', 'no/such/folder.jsonl');
    expect(code).toBe(1);
    expect(err).toMatch(/no\/such\/folder\.jsonl: there is no such file or folder/u);
    expect(existsSync(place('unwritten.jsonl'))).toBe(false);
  });

  it('names pictures and references that do not go together', async () => {
    writeFileSync(place('references.json'), '{"other.jpg": ["A cat."]}');
    const { code, err } = await studio.run('evaluate', '--references', 'references.json', '--images', samples);
    expect(code).toBe(2);
    expect(err).toMatch(
      /none of 5 pictures has references; the pictures are called "skimage_astronaut\.jpg", the references name "other\.jpg"/u,
    );
  });
});
