/** @file The form of the Train room: what follows the data, and what a person set. */
import { describe, expect, it } from 'vitest';
import type { TrainItem } from '../../../src/app/state/train/train-data.ts';
import type { FlagField, TrainField } from '../../../src/app/state/train/train-field.ts';
import { mainFields, moreFields } from '../../../src/app/state/train/train-fields.ts';
import { TrainSetup } from '../../../src/app/state/train/train-setup.svelte.ts';

const items: readonly TrainItem[] = Array.from({ length: 5 }, (_, i) => ({
  id: `${String(i)}.jpg`,
  captions: ['a cat'],
  source: { kind: 'copy', path: String(i) },
  drawer: 'own',
}));

function setupWithItems(): TrainSetup {
  const setup = new TrainSetup(
    () => items,
    () => [],
  );
  setup.validationShare = 0.2;
  return setup;
}

function fill(setup: TrainSetup, id: string, value: string): void {
  const isFilled = (field: TrainField): field is Exclude<TrainField, FlagField> => field.id === id && field.kind !== 'flag';
  setup.change([...mainFields, ...moreFields].find(isFilled) ?? expect.fail(`no field ${id}`), value);
}

describe('the length of a run', () => {
  it('follows the data until it is set: few pictures are gone through more often, and looked at six times', () => {
    const { length, validation } = setupWithItems().effective;
    expect([length, validation.timesPerEpoch]).toEqual([{ epochs: 40 }, 6 / 40]);
  });

  it('takes looks that were set as they are, with epochs that follow the data', () => {
    const setup = setupWithItems();
    fill(setup, 'looks', '1');
    expect(setup.effective).toMatchObject({ length: { epochs: 40 }, validation: { timesPerEpoch: 1 } });
  });

  it('takes epochs that were set as they are, and follows the data again where a method or recipe starts anew', () => {
    const setup = setupWithItems();
    fill(setup, 'epochs', '3');
    expect(setup.effective.length).toEqual({ epochs: 3 });
    setup.chooseMethod('dora');
    expect(setup.effective.length).toEqual({ epochs: 40 });
    fill(setup, 'epochs', '3');
    setup.chooseRecipe('paper');
    expect(setup.effective.length).toEqual({ epochs: 40 });
  });
});
