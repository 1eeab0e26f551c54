/** @file Data before training: its order, and what is told to be wrong with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOfEpoch } from '../../../src/engine/train/data/data-order.ts';
import { findDataProblems } from '../../../src/engine/train/data-problems.ts';
import { openTinyModel, tinyOptions, tinyPictures } from './tiny-run.ts';

const lora = { kind: 'lora', rank: 2, alpha: 4, isRankStabilized: false, targets: ['q_proj'], dropout: 0 } as const;

describe('the order of an epoch', () => {
  const lengths = Array.from({ length: 103 }, (_, i) => Array.from({ length: 5 }, (_, c) => 4 + ((i * 7 + c) % 9)));
  const options = { seed: 3, batchPictures: 8, captionsPerPicture: 2 };

  it('has every picture once, in batches of the wanted size', () => {
    const batches = batchesOfEpoch(lengths, 0, options);
    const pictures = batches.flat().map(({ picture }) => picture);
    expect(pictures).toHaveLength(103);
    expect(new Set(pictures).size).toBe(103);
    expect(batches.map((batch) => batch.length).filter((size) => size !== 8)).toEqual([7]);
  });

  it('is the same for a seed and an epoch, and another for others', () => {
    expect(batchesOfEpoch(lengths, 2, options)).toEqual(batchesOfEpoch(lengths, 2, options));
    expect(batchesOfEpoch(lengths, 3, options)).not.toEqual(batchesOfEpoch(lengths, 2, options));
    expect(batchesOfEpoch(lengths, 2, { ...options, seed: 4 })).not.toEqual(batchesOfEpoch(lengths, 2, options));
  });

  it('gives each caption the same number of turns', () => {
    const turns = new Map<string, number>();
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const { picture, captions } of batchesOfEpoch(lengths, epoch, options).flat()) {
        expect(new Set(captions).size).toBe(2);
        for (const caption of captions)
          turns.set(`${String(picture)}/${String(caption)}`, (turns.get(`${String(picture)}/${String(caption)}`) ?? 0) + 1);
      }
    }
    expect(new Set(turns.values())).toEqual(new Set([2]));
    expect(turns.size).toBe(103 * 5);
  });

  it('puts pictures of like length together', () => {
    const spread = (batch: readonly { readonly picture: number; readonly captions: readonly number[] }[]): number => {
      const sums = batch.map(({ picture, captions }) => captions.reduce((sum, c) => sum + (lengths[picture]?.[c] ?? 0), 0));
      return Math.max(...sums) - Math.min(...sums);
    };
    const sorted = batchesOfEpoch(lengths, 0, options).map(spread);
    expect(sorted.reduce((sum, value) => sum + value, 0) / sorted.length).toBeLessThan(4);
  });
});

describe('what is told of data', () => {
  let tiny: Awaited<ReturnType<typeof openTinyModel>>;
  beforeAll(async () => {
    tiny = await openTinyModel();
  });
  afterAll(() => tiny.close());

  it('is nothing where there is nothing to tell', async () => {
    const data = { pictures: tinyPictures(20), validation: tinyPictures(3, 100) };
    expect(await findDataProblems(tiny.model, tinyOptions(lora), data)).toEqual([]);
  });

  it('names each problem with its pictures', async () => {
    const [a, b, c, d, e, f, ...rest] = tinyPictures(9);
    if (!a || !b || !c || !d || !e || !f) throw new RangeError('too few pictures');
    const pictures = [
      { ...a, captions: [' '] },
      { ...b, captions: ['a dog', ''] },
      { ...c, captions: ['a dog', 'a dog '] },
      { ...d, captions: ['a dog and a cat and a dog and a cat and a dog and a cat and a dog'] },
      e,
      { ...e, id: 'copy.png' },
      { ...f, captions: ['<image> a dog', 'a cat'] },
      ...rest,
    ];
    const validation = [{ ...e, id: 'other-name.png' }, ...tinyPictures(1, 100)];
    const problems = await findDataProblems(tiny.model, tinyOptions(lora, { maxCaptionTokens: 20 }), { pictures, validation });
    expect(problems.map(({ kind, ids, isFatal }) => [kind, isFatal, ids])).toEqual([
      ['no-captions', true, ['1.png']],
      ['leak', false, ['other-name.png']],
      ['same-picture-twice', false, ['copy.png']],
      ['cut-captions', false, ['4.png']],
      ['empty-captions', false, ['2.png']],
      ['marked-captions', false, ['6.png']],
      ['same-caption-twice', false, ['3.png']],
      ['few-pictures', false, []],
    ]);
    expect(problems[0]?.message).toBe('1 picture has no caption; write one or take them out');
  });

  it('is that a single picture is few, and that a caption of nothing but the mark of a picture is none', async () => {
    const [one] = tinyPictures(1);
    if (!one) throw new RangeError('no picture');
    const problems = await findDataProblems(tiny.model, tinyOptions(lora), {
      pictures: [{ ...one, captions: ['<image>'] }],
      validation: [],
    });
    expect(problems.map(({ kind }) => kind)).toEqual(['no-captions', 'marked-captions', 'few-pictures']);
    expect(problems.at(-1)?.message).toMatch(/^1 picture is few/);
  });
});
