/** @file Adapters on an open model: what is worn is a value of the model's own type, and changing it is a matter of data. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { keepOpen } from '../kept-sessions.ts';
import type { OpenModel } from '../model.ts';
import type { FedVision } from '../open-vision.ts';
import { checkCombination, type WornAdapter } from './combine.ts';
import { checkFit } from './fit.ts';
import { makeOutfit, type Outfit } from './outfit.ts';
import type { RowSums } from './dora-gain.ts';
import { unwatched, type AdapterWatch } from './watch.ts';

/** Outfits that are kept on the device; others are made anew when they are wanted again, which takes milliseconds. */
const mostKept = 12;
/** Beyond this only the one that is worn is kept. @unit bytes */
const mostKeptBytes = 512e6;

/** The adapters of one open model. */
export interface AdapterRack {
  /**
   * Gives the model with adapters on it, or as it is for an empty list. It is valid until others were worn or one of its adapters is forgotten.
   *
   * @throws {StudioError} 'argument-invalid' for combinations that make no sense, 'adapter-mismatch' for adapters of another model, and
   * 'cancelled' when the watch says so, with nothing left behind
   */
  wear(worn: readonly WornAdapter[], watch?: AdapterWatch): Promise<OpenModel>;
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
  const sums = new WeakMap<LearnedAdapter, ReadonlyMap<string, RowSums>>();
  const visions = keepOpen<FedVision>((opened) => opened.close());
  let serial = 0;
  const labelOf = (adapter: LearnedAdapter): string => {
    const label = labels.get(adapter) ?? String(++serial);
    labels.set(adapter, label);
    return label;
  };
  const takeOff = async (isGone: (outfit: KeptOutfit) => boolean): Promise<void> => {
    const gone = [...outfits].filter(([, outfit]) => isGone(outfit));
    for (const [key] of gone) outfits.delete(key);
    for (const [, outfit] of gone) await outfit.close();
  };
  return {
    wear: async (worn, watch = unwatched) => {
      if (worn.length === 0) return model;
      checkCombination(worn);
      for (const { adapter } of worn) checkFit(model, adapter);
      const key = worn.map(({ adapter, scale }) => `${labelOf(adapter)}*${String(scale)}`).join('+');
      const outfit = outfits.get(key) ?? { worn, ...(await makeOutfit(model, worn, { visions, sums }, watch)) };
      outfits.delete(key);
      outfits.set(key, outfit); // the youngest stands last
      const kept = youngestThatFit([...outfits.values()]);
      await takeOff((one) => !kept.includes(one));
      return outfit.model;
    },
    forget: (adapter) => takeOff(({ worn }) => worn.some((one) => one.adapter === adapter)),
    close: () => takeOff(() => true),
  };
}

/** The last one is worn now and stays, however large it is. */
function youngestThatFit(outfits: readonly KeptOutfit[]): readonly KeptOutfit[] {
  let bytes = 0;
  return outfits.toReversed().filter((outfit, age) => {
    bytes += outfit.byteLength;
    return age === 0 || (age < mostKept && bytes <= mostKeptBytes);
  });
}
