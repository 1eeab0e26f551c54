/** @file Weights that the runtime maps from a bundle's files against weights that are read. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mapWeights } from '../../src/cli/mapped-weights.ts';
import { folderFiles, folderSink } from '../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import type { FileSet } from '../../src/core/codec/byte-source.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../src/engine/bundle/memory-files.ts';
import { viewPicture } from '../../src/engine/caption/look.ts';
import { traceCaption } from '../../src/engine/caption/trace.ts';
import { convertCheckpoint } from '../../src/engine/convert/convert.ts';
import { precisions } from '../../src/engine/convert/precision.ts';
import { openModel } from '../../src/engine/model.ts';
import { rawPrompt } from '../../src/engine/text/prompt.ts';
import { decoderStep } from '../../models/decoder/step.ts';
import { decodePhoto } from '../helpers/decode-photo.ts';

const reference = join(import.meta.dirname, '../fixtures/reference/llava15-vicuna');
const checkpoint = folderFiles(join(reference, 'checkpoint'));
const folder = mkdtempSync(join(tmpdir(), 'studio-mapped-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Captions a photo and tells whether the decoder's weights were mapped. */
async function trace(files: FileSet): Promise<{ isMapped: boolean; numbers: readonly ArrayLike<unknown>[]; weightBytes: number }> {
  const model = await openModel(openNodeRuntime({ threads: 1 }), await openBundle(files), { policy: 'stored' });
  const mapped = mapWeights(decoderStep(model.model.decoder, model.store.catalog, nullAdapter), model.store);
  const view = viewPicture(model, await decodePhoto(join(reference, 'photo-a.png')));
  const tensors = await traceCaption(model, view, rawPrompt('<image> a'), 4);
  const weightBytes = model.runtime.weightBytes();
  await model.close();
  return { isMapped: mapped !== null, numbers: [...tensors.values()].map(({ data }) => data), weightBytes };
}

describe('mapWeights', () => {
  it.each(precisions)('gives a model of %s the numbers that it has from memory', async (precision) => {
    const options = { precision, name: precision, source: 'test', licence: 'test' };
    const memory = memoryFiles(precision);
    await convertCheckpoint(checkpoint, memory.sink, options);
    await convertCheckpoint(checkpoint, folderSink(join(folder, precision)), options);
    const read = await trace(memory.files);
    const mapped = await trace(folderFiles(join(folder, precision)));
    expect([read.isMapped, mapped.isMapped]).toEqual([false, true]);
    expect(mapped.numbers).toEqual(read.numbers);
    expect(mapped.weightBytes).toBe(read.weightBytes);
  });
});
