/** @file Flags of captions: what they find, and what they leave in peace. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCaptionChecker, defaultCheckLimits, type CheckContext } from '../../../../src/core/dataset/check/check-caption.ts';
import { checkDataset } from '../../../../src/core/dataset/check/check-dataset.ts';
import { findSameCaptions } from '../../../../src/core/dataset/check/same-captions.ts';
import { makeItem, type DatasetItem } from '../../../../src/core/dataset/item.ts';
import { readChairData } from '../../../../src/core/metric/chair/chair.ts';

const check = createCaptionChecker();
const flagsOf = (caption: string, context: Partial<CheckContext> = {}): readonly string[] =>
  check(caption, { tags: [], references: [], limits: defaultCheckLimits, ...context }).map(({ name }) => name);
const item = (path: string, text: string, tags: readonly string[] = []): DatasetItem =>
  makeItem(path, { captions: [{ text, author: { kind: 'person' } }], tags });

describe('createCaptionChecker', () => {
  it.each([
    ['  \n', ['empty']],
    ['a dog', []],
    ['dog', ['short']],
    ['A man and a dog and a dog and a dog and a dog.', ['loop']],
    ['The dog runs fast. It is brown. The dog runs fast.', ['loop']],
    ['1girl, solo, long hair, smile, blue eyes,', []],
    ['A dog on a sofa', []],
    ['A dog sits on the', ['unfinished']],
    ['A dog sits on a sofa, looking at', ['unfinished']],
    ['A dog with a ball,', ['unfinished']],
    ['There are three things on the table:', ['unfinished']],
    ['A dog runs. It has a red', ['unfinished']],
    ['A dog runs. It has a red ball.', []],
    ['A dog (brown runs.', ['unfinished']],
    ['A sign that says “stop', ['unfinished']],
    ['A dog :) and a cat', []],
    ['Mr. Smith', []],
    ['what it is for', []],
  ])('%j has %j', (caption, expected) => {
    expect(flagsOf(caption)).toEqual(expected);
  });

  it.each([
    ['A street with no cars.', 'car', true],
    ['A street without a car.', 'cars', true],
    ['A street with cars.', 'car', false],
    ['Two people walk.', 'no people', true],
    ['A street with no people.', 'no people', false],
    ['Three dogs run.', '2 dogs', true],
    ['Three dogs run.', '3dogs', false],
    ['Two girls run.', '1girl', true],
    ['A blue car stands there.', 'red car', true],
    ['A blue car and a red car.', 'red_car', false],
    ['A city at night.', 'day', true],
    ['A city at night.', 'night', false],
    ['He stands inside while it rains outside.', 'indoors', false],
    ['He stands on the street outside.', 'indoors', true],
    ['A woman frowns.', 'smiling', true],
    ['Two men.', 'one man', true],
  ])('“%s” contradicts the tag %s: %s', (caption, tag, expected) => {
    expect(flagsOf(caption, { tags: [tag] }).includes('contradiction')).toBe(expected);
  });

  it('says which words contradict which tag', () => {
    const [flag] = check('There is a blue car here.', { tags: ['red car'], references: [], limits: defaultCheckLimits });
    expect(flag).toEqual({ name: 'contradiction', message: '“blue car” contradicts the tag “red car”', place: [11, 19] });
  });

  it('holds captions to limits of words and tokens', () => {
    const limits = { minWords: 3, maxWords: 5, maxTokens: 4 };
    expect(flagsOf('a dog', { limits })).toEqual(['short']);
    expect(flagsOf('one two three four five six', { limits })).toEqual(['long']);
    expect(flagsOf('one two three', { limits, countTokens: (text) => text.length })).toEqual(['long']);
  });

  it('asks tags and references for support', () => {
    const references = ['A brown dog runs across a meadow with a stick', 'a puppy is playing on grass'];
    expect(flagsOf('A dog plays with a stick on the grass.', { references })).toEqual([]);
    expect(flagsOf('Two women eat pizza in a restaurant.', { references })).toEqual(['unsupported']);
    expect(flagsOf('Two women eat pizza in a restaurant.', { tags: ['dog'] })).toEqual([]);
  });

  it('asks for objects only where it knows them', () => {
    const read = (name: string): string => readFileSync(new URL(`../../../../public/metrics/chair/${name}`, import.meta.url), 'utf8');
    const objects = readChairData({ synonyms: read('synonyms.txt'), singular: read('singularize-rules.json') });
    const references = ['A brown dog runs across a green meadow with a stick'];
    expect(flagsOf('A happy puppy enjoys a sunny afternoon.', { references, objects })).toEqual([]);
    expect(flagsOf('A dog runs across a meadow beside a car.', { references, objects })).toEqual(['unsupported']);
  });
});

describe('every check', () => {
  it.each([' ', '.', ',', '"', 'a ', '\n', 'A. ', '(', 'dog ', '[“'])('takes no longer for a caption of many %j', (piece) => {
    const start = performance.now();
    flagsOf(`x${piece.repeat(10_000)}x`, {
      tags: ['no dog', '2 dogs', 'red car', 'day'],
      references: ['a dog on green grass with a ball'],
    });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('findSameCaptions', () => {
  it('lists captions of several pictures, whatever their capitals and points', () => {
    const items = [item('a', 'A dog.'), item('b', 'a  dog'), item('c', 'A dog!'), item('d', 'A cat'), item('e', ''), item('f', '')];
    expect(findSameCaptions(items)).toEqual([{ caption: 'A dog.', paths: ['a', 'b', 'c'] }]);
  });
});

describe('checkDataset', () => {
  it('flags pictures by path and leaves out those without flags', () => {
    const items = [item('a', 'A dog on grass'), item('b', 'A dog on grass'), item('c', 'A dog on the'), item('d', 'A fine thing')];
    const flags = checkDataset(items, { minSame: 2 });
    expect([...flags].map(([path, list]) => [path, list.map(({ name }) => name)])).toEqual([
      ['c', ['unfinished']],
      ['a', ['same']],
      ['b', ['same']],
    ]);
  });
});
