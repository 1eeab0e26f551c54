/** @file Whether a run's checkpoints could be read again. */
import { expect, it } from 'vitest';
import { methodDefaults, recipeOptions } from '../../../src/engine/train/recipes.ts';
import { requireKeepable } from '../../../src/engine/train/keep/checkpoint-size.ts';

it('refuses a run whose checkpoints are too large to be read again, with the size and what to choose', () => {
  const full = recipeOptions('ours', methodDefaults.full);
  expect(() => requireKeepable(5e8, full)).toThrow(
    /500,000,000 numbers learn, so that a checkpoint takes 10\.0 GB; 2\.1 GB is the most. Choose LoRA/,
  );
  expect(() => requireKeepable(3e8, recipeOptions('ours', methodDefaults.lora))).toThrow(/Choose a smaller rank or fewer layers/);
  expect(() => requireKeepable(1e8, full)).not.toThrow();
  expect(() => requireKeepable(1.2e8, recipeOptions('paper', methodDefaults.full))).not.toThrow(); // sgd remembers less
});
