/** @file Adapters on an open model: what is worn is a value of the model's own type, and changing it is a matter of data. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import type { OpenModel } from '../model.ts';
import { checkCombination, type WornAdapter } from './combine.ts';
import { checkFit } from './fit.ts';
import { makeOutfit, type Outfit } from './outfit.ts';
import type { RowSums } from './dora-gain.ts';
import type { RowSumsCache } from './slot-values.ts';

/** Outfits that are kept on the device; others are made anew when they are wanted again, which takes milliseconds. */
const mostKept = 8;

/** The adapters of one open model. */
export interface AdapterRack {
  /**
   * Gives the model with adapters on it, or as it is for an empty list. It is valid until eight others were worn or one of its adapters is
   * forgotten.
   *
   * @throws {StudioError} 'argument-invalid' for combinations that make no sense, 'adapter-mismatch' for adapters of another model
   */
  wear(worn: readonly WornAdapter[]): Promise<OpenModel>;
  /** Frees all that belongs to an adapter. */
  forget(adapter: LearnedAdapter): Promise<void>;
  /** Frees everything; call it before the model is closed. */
  close(): Promise<void>;
}

interface KeptOutfit extends Outfit {
  readonly worn: readonly WornAdapter[];
}

/** Makes an empty rack for a model. */
export function makeRack(model: OpenModel): AdapterRack {
  const outfits = new Map<string, KeptOutfit>();
  const labels = new WeakMap<LearnedAdapter, string>();
  const sums = new WeakMap<LearnedAdapter, RowSumsCache>();
  let serial = 0;
  const labelOf = (adapter: LearnedAdapter): string => {
    const label = labels.get(adapter) ?? String(++serial);
    labels.set(adapter, label);
    return label;
  };
  const sumsOf = (adapter: LearnedAdapter): RowSumsCache => {
    const cache = sums.get(adapter) ?? new Map<string, RowSums>();
    sums.set(adapter, cache);
    return cache;
  };
  const takeOff = async (isGone: (outfit: KeptOutfit, place: number) => boolean): Promise<void> => {
    const gone = [...outfits].filter(([, outfit], place) => isGone(outfit, place));
    for (const [key] of gone) outfits.delete(key);
    for (const [, outfit] of gone) await outfit.close();
  };
  return {
    wear: async (worn) => {
      if (worn.length === 0) return model;
      checkCombination(worn);
      for (const { adapter } of worn) checkFit(model, adapter);
      const key = worn.map(({ adapter, scale }) => `${labelOf(adapter)}*${String(scale)}`).join('+');
      const outfit = outfits.get(key) ?? { worn, ...(await makeOutfit(model, worn, { labelOf, sumsOf })) };
      outfits.delete(key);
      outfits.set(key, outfit); // the youngest stands last
      const surplus = outfits.size - mostKept;
      await takeOff((_, place) => place < surplus);
      return outfit.model;
    },
    forget: (adapter) => takeOff(({ worn }) => worn.some((one) => one.adapter === adapter)),
    close: () => takeOff(() => true),
  };
}
