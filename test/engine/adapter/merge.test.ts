/** @file Adapters in the weights of a copy of the bundle. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../../src/cli/ort-node.ts';
import type { LearnedAdapter } from '../../../src/core/adapter/learned.ts';
import { openBundle } from '../../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { findDamage } from '../../../src/engine/bundle/verify.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { mergeAdapters } from '../../../src/engine/adapter/merge.ts';
import { makeRack } from '../../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { traceCaption } from '../../../src/engine/caption/trace.ts';
import { openModel, type OpenModel } from '../../../src/engine/model.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { openReference, references } from '../../parity/reference.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/reference');
const reference = references().find(({ name }) => name === 'llava15-vicuna') ?? expect.fail('no reference');

async function adapterOf(model: OpenModel, folder: string): Promise<LearnedAdapter> {
  return matchAdapter(await readAdapterFolder(folderFiles(join(fixtures, folder))), model).adapter;
}

async function logits(model: OpenModel): Promise<Float32Array> {
  const pixels = (await reference.tensors()).floats('a.pixel_values');
  const trace = await traceCaption(model, { pixels, size: { width: 56, height: 56 } }, { system: '', prompt: 'what' }, 0);
  return trace.get('logits')?.data as Float32Array;
}

async function merged(model: OpenModel, adapter: LearnedAdapter, changedAs: 'float32' | 'same'): Promise<OpenModel> {
  const memory = memoryFiles('merged');
  await mergeAdapters(model, [{ adapter, scale: 1 }], memory.sink, { name: 'merged', changedAs });
  const bundle = await openBundle(memory.files);
  expect(await findDamage(bundle)).toEqual([]);
  return openModel(openNodeRuntime(), bundle, { policy: 'stored' });
}

describe.each([
  ['fp32', 'llava15-vicuna/adapters/lora'],
  ['fp32', 'llava15-vicuna/adapters/dora'],
  ['fp32', 'adapters-edge/modules-to-save'],
  ['fp32', 'adapters-edge/suffix-list'],
  ['q4', 'llava15-vicuna/adapters/lora'],
  ['q4', 'llava15-vicuna/adapters/dora'],
  ['q8', 'llava15-vicuna/adapters/lora'],
] as const)('into a bundle in %s, %s', (precision, folder) => {
  it('gives the logits of the unmerged', async () => {
    const model = await openReference(reference, precision, 'stored');
    const adapter = await adapterOf(model, folder);
    const rack = makeRack(model);
    const wanted = await logits(await rack.wear([{ adapter, scale: 1 }]));
    const copy = await merged(model, adapter, 'float32');
    expectClose(await logits(copy), wanted, { rtol: 1e-4, atol: 2e-4 });
    await copy.close();
    await rack.close();
    await model.close();
  });
});

it('keeps the precision of the base if asked, near the unmerged and smaller', async () => {
  const model = await openReference(reference, 'q8', 'stored');
  const adapter = await adapterOf(model, 'llava15-vicuna/adapters/lora');
  const rack = makeRack(model);
  const wanted = await logits(await rack.wear([{ adapter, scale: 1 }]));
  const base = await logits(model);
  const copy = await merged(model, adapter, 'same');
  const got = await logits(copy);
  const apart = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
  expect(apart(got, wanted)).toBeLessThan(0.1 * apart(base, wanted));
  expect(copy.bundle.manifest.tensors.map(({ format }) => format)).toEqual(model.bundle.manifest.tensors.map(({ format }) => format));
  await copy.close();
  await rack.close();
  await model.close();
});
