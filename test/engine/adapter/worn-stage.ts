/** @file A small reference model whose adapters are put on, and the logits that it then gives. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import type { LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import type { WornAdapter } from '../../../src/engine/adapter/combine.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { makeRack, type AdapterRack } from '../../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { traceCaption } from '../../../src/engine/caption/trace.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { openReference, references, type Reference } from '../../parity/reference.ts';

/** How far logits with adapters may be apart. @source README of the reference */
export const adapterTolerance = { rtol: 1e-4, atol: 2e-4 };

/** The texts that logits are asked for. */
export const wornTexts = { system: '', prompt: 'what is it' };

/** A model with its rack, there from the first test of a file to the last. */
export interface WornStage {
  readonly reference: Reference;
  readonly model: OpenModel;
  readonly rack: AdapterRack;
  readonly pixels: Float32Array;
  /** Reads one of the reference's own adapters. */
  adapterOf(kind: string): Promise<LearnedAdapter>;
  /** Gives the logits with adapters on, or those of a model that is ready. */
  logits(worn: readonly WornAdapter[], on?: OpenModel | null): Promise<Float32Array>;
}

/** Opens a reference in fp32 before the tests of a file, and closes it after them. */
export function useWornStage(name: string): () => WornStage {
  const reference = references().find((one) => one.name === name) ?? expect.fail(`no reference ${name}`);
  let stage: WornStage | undefined;
  const now = (): WornStage => stage ?? expect.fail('the stage is not there yet');
  beforeAll(async () => {
    const model = await openReference(reference, 'fp32');
    const rack = makeRack(model);
    const photo = reference.photos.find(([key]) => key === 'a')?.[1] ?? expect.fail('no photo a');
    const pixels = (await reference.tensors()).floats('a.pixel_values');
    stage = {
      reference,
      model,
      rack,
      pixels,
      adapterOf: async (kind) =>
        matchAdapter(await readAdapterFolder(folderFiles(join(reference.folder, 'adapters', kind))), model).adapter,
      logits: async (worn, on = null) => {
        const trace = await traceCaption(on ?? (await rack.wear(worn)), { pixels, size: photo }, wornTexts, 0);
        return trace.get('logits')?.data as Float32Array;
      },
    };
  });
  afterAll(async () => {
    await now().rack.close();
    await now().model.close();
  });
  return now;
}
