/** @file Which look at what was learned is the best one. */
import { describe, expect, it } from 'vitest';
import { isBetter } from '../../../src/engine/train/watch/validation.ts';

describe('isBetter', () => {
  it.each([
    ['a higher CIDEr, whatever the loss', { cider: 0.5, loss: 3 }, { cider: 0.4, loss: 2 }, true],
    ['a lower CIDEr', { cider: 0.3, loss: 1 }, { cider: 0.4, loss: 2 }, false],
    ['a lower loss where CIDEr is the same, as with a single picture', { cider: 0, loss: 1 }, { cider: 0, loss: 2 }, true],
    ['the same in both', { cider: 0, loss: 2 }, { cider: 0, loss: 2 }, false],
    ['a lower loss where nothing is captioned', { cider: null, loss: 1 }, { cider: null, loss: 2 }, true],
    ['a loss that is no number', { cider: null, loss: NaN }, { cider: null, loss: 2 }, false],
  ])('judges %s', (_, look, than, expected) => {
    expect(isBetter(look, than)).toBe(expected);
  });
});
