/** @file How captions were made, in words, compared, and read back. */
import { describe, expect, it } from 'vitest';
import {
  compareConditions,
  describeConditions,
  readConditions,
  type CaptionConditions,
} from '../../../src/core/dataset/caption-conditions.ts';

const sha256 = 'ab'.repeat(32);
const plain: CaptionConditions = { model: { name: 'mini', sha256 }, style: null, prompt: 'Caption it.', system: null, decoding: {} };
const styled: CaptionConditions = {
  ...plain,
  style: { name: 'short', adapters: [{ name: 'short', sha256, scale: 0.5 }] },
  system: '',
  decoding: { beams: 4, bannedWords: ['dog'] },
};

describe('describeConditions', () => {
  it('says model, style, prompt, system prompt and decoding, a line each', () => {
    expect(describeConditions(plain)).toEqual([`Model: mini, SHA-256 ${sha256}`, 'Prompt: Caption it.', 'Decoding: the model’s own']);
    expect(describeConditions(styled)).toEqual([
      `Model: mini, SHA-256 ${sha256}`,
      `Style: short at 0.5, SHA-256 ${sha256}`,
      'Prompt: Caption it.',
      'System prompt: none',
      'Decoding: beams 4, bannedWords ["dog"]',
    ]);
  });
});

describe('compareConditions', () => {
  it('finds nothing between equal ones, whatever the order of their options', () => {
    expect(compareConditions(styled, { ...styled, decoding: { bannedWords: ['dog'], beams: 4 } })).toEqual([]);
  });

  it('names each difference with what was and what is', () => {
    expect(compareConditions(plain, styled)).toEqual([
      'the style was none, now it is short abababababab at 0.5',
      'the system prompt was the model’s own, now it is ""',
      'decoding was {}, now it is {"bannedWords":["dog"],"beams":4}',
    ]);
    expect(compareConditions(plain, { ...plain, model: { name: 'mini', sha256: 'cd'.repeat(32) } })).toEqual([
      'the model was mini abababababab, now it is mini cdcdcdcdcdcd',
    ]);
  });
});

describe('readConditions', () => {
  it('reads what was written and nothing else', () => {
    for (const one of [plain, styled]) expect(readConditions(JSON.parse(JSON.stringify(one)))).toEqual(one);
    const broken = [
      null,
      7,
      [],
      {},
      { ...plain, model: 'mini' },
      { ...plain, prompt: 1 },
      { ...plain, style: {} },
      { ...plain, decoding: [] },
    ];
    for (const one of broken) expect(readConditions(one)).toBeNull();
  });
});
