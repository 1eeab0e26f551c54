/** @file A soft prompt that PEFT's P-tuning saved: PromptEncoderConfig with an MLP, seed 5, peft 0.21.2, transformers 5.24.0, torch 2.9.1. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderFiles } from '../../src/cli/node-files.ts';
import { matchAdapter } from '../../src/engine/adapter/match-adapter.ts';
import { makeRack } from '../../src/engine/adapter/rack.ts';
import { readAdapterFolder } from '../../src/engine/adapter/read-adapter.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';
import { openReference, references, worstMiss } from './reference.ts';

const folder = join(import.meta.dirname, '../fixtures/peft/p-tuning');

it('gives the logits of PEFT, whose network is already in what it saves', async () => {
  const reference = references().find(({ name }) => name === 'llava15-vicuna') ?? expect.fail('no reference');
  const photo = reference.photos.find(([key]) => key === 'a')?.[1] ?? expect.fail('no photo a');
  const golden = await reference.tensors();
  const model = await openReference(reference, 'fp32');
  const rack = makeRack(model);
  const { adapter, unmatched, missing } = matchAdapter(await readAdapterFolder(folderFiles(folder)), model);
  expect([unmatched, missing, adapter.spec]).toEqual([[], [], { kind: 'prompt', tokens: 6 }]);
  const worn = await rack.wear([{ adapter, scale: 1 }]);
  const found = await traceCaption(worn, { pixels: golden.floats('a.pixel_values'), size: photo }, rawPrompt(photo.prompt), 0);
  const logits = found.get('logits')?.data as Float32Array;
  const wanted = (await readTensorFile(join(folder, 'expected.safetensors'))).floats('last_logits');
  expect(worstMiss(logits.slice(-wanted.length), wanted, { rtol: 1e-4, atol: 2e-4 })).toBeLessThanOrEqual(1);
  await rack.close();
  await model.close();
});
