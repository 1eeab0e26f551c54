/** @file `trace`: writes down what a model computed, for comparing implementations. */

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readSafetensorsHeader, readTensor } from '../core/codec/safetensors.ts';
import { writeSafetensors } from '../core/codec/safetensors-write.ts';
import { StudioError } from '../core/error.ts';
import { processPicture } from '../core/image/processor.ts';
import { readFloats } from '../core/tensor/float16.ts';
import { traceCaption } from '../engine/caption/trace.ts';
import type { OpenModel } from '../engine/model.ts';
import { rawPrompt, renderPrompt } from '../engine/text/prompt.ts';
import { decodePicture } from './decode-picture.ts';
import { fileSource, writeWhole } from './node-files.ts';
import { openNodeModel } from './open-model.ts';

interface TraceFlags {
  readonly image?: string;
  readonly pixels?: string;
  readonly prompt: string;
  readonly system: string;
  readonly raw?: boolean;
  readonly maxNewTokens: string;
  readonly out: string;
}

/** Adds the verb to a program. */
export function addTraceCommand(program: Command): void {
  program
    .command('trace')
    .description('write down what a model computed: pixels, image features, ids, logits and greedy ids')
    .argument('<model>', 'a bundle')
    .option('--image <file>', 'a picture')
    .option('--pixels <file>', 'a safetensors file with pixel_values [1, 3, H, W] or [3, H, W]')
    .requiredOption('--prompt <text>', 'the prompt')
    .option('--system <text>', 'the system prompt', '')
    .option('--raw', 'take the prompt as the whole text, <image> included')
    .option('--max-new-tokens <count>', 'how many tokens to write at most', '80')
    .requiredOption('--out <file>', 'the safetensors file to write')
    .action(runTrace);
}

async function runTrace(folder: string, flags: TraceFlags): Promise<void> {
  const model = await openNodeModel(folder);
  try {
    const prompt = flags.raw === true ? rawPrompt(flags.prompt) : renderPrompt(model.template, flags);
    const limit = Number(flags.maxNewTokens);
    if (!Number.isInteger(limit) || limit < 0)
      throw new StudioError('argument-invalid', `--max-new-tokens: must be a whole number from 0, got ${flags.maxNewTokens}`);
    await writeWhole(flags.out, writeSafetensors(await traceCaption(model, await readPixels(model, flags), prompt, limit)));
  } finally {
    await model.close();
  }
}

async function readPixels(model: OpenModel, flags: TraceFlags): Promise<Float32Array> {
  if ((flags.image === undefined) === (flags.pixels === undefined))
    throw new StudioError('argument-invalid', 'trace: give either --image or --pixels');
  if (flags.image !== undefined) return processPicture(await decodePicture(flags.image, await readFile(flags.image)), model.processor).data;
  const source = await fileSource(flags.pixels ?? '');
  const info = (await readSafetensorsHeader(source)).tensors.get('pixel_values');
  if (!info) throw new StudioError('file-invalid', `${source.name}: has no tensor pixel_values`);
  const side = model.model.vision.imageSize;
  const { dtype, data, shape } = await readTensor(source, info);
  if (data.length !== 3 * side * side) {
    throw new StudioError(
      'shape-mismatch',
      `${source.name}: pixel_values is [${shape.join(', ')}], the model wants [1, 3, ${String(side)}, ${String(side)}]`,
    );
  }
  return readFloats(dtype, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
