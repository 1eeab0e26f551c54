/** @file `trace`: writes down what a model computed, for comparing implementations. */

import type { Command } from 'commander';
import type { ByteSource } from '../core/codec/byte-source.ts';
import { readSafetensorsHeader, readTensor, type TensorInfo } from '../core/codec/safetensors.ts';
import { writeSafetensors } from '../core/codec/safetensors-write.ts';
import { StudioError } from '../core/error.ts';
import type { Size } from '../core/image/picture.ts';
import { readFloats } from '../core/tensor/float16.ts';
import { viewPicture, type PictureView } from '../engine/caption/look.ts';
import { traceCaption } from '../engine/caption/trace.ts';
import type { OpenModel } from '../engine/model.ts';
import { rawPrompt } from '../engine/text/prompt.ts';
import { addAdapterOptions, openWornModel } from './adapter-flags.ts';
import type { AdapterFlags } from './caption/caption-flags.ts';
import { decodePicture } from './decode-picture.ts';
import { requireFilePlace, traceFile } from './file-place.ts';
import { fileSource, writeWhole } from './node-files.ts';
import { openNodeModel } from './open-model.ts';
import { readPicture } from './caption/picture-inputs.ts';

interface TraceFlags extends AdapterFlags {
  readonly image?: string;
  readonly pixels?: string;
  readonly prompt: string;
  readonly system?: string;
  readonly raw?: boolean;
  readonly maxNewTokens: string;
  readonly out: string;
  readonly force?: boolean;
}

/** Adds the verb to a program. */
export function addTraceCommand(program: Command): void {
  const command = program.command('trace');
  addAdapterOptions(command)
    .description('write down what a model computed: pixels, image features, ids, logits and greedy ids')
    .argument('<model>', 'a bundle or a checkpoint')
    .option('--image <file>', 'a picture')
    .option('--pixels <file>', 'a safetensors file with pixel_values [T, 3, H, W] and, for models that see tiles, image_sizes')
    .requiredOption('--prompt <text>', 'the prompt')
    .option('--system <text>', "the system prompt; the model's own by default, '' for none")
    .option('--raw', 'take the prompt as the whole text, <image> included')
    .option('--max-new-tokens <count>', 'how many tokens to write at most', '80')
    .requiredOption('--out <file>', 'the safetensors file to write')
    .option('--force', 'write over a file in --out that is no trace')
    .action(runTrace);
}

async function runTrace(folder: string, flags: TraceFlags): Promise<void> {
  await requireFilePlace(flags.out, traceFile, flags.force === true);
  const model = await openWornModel(() => openNodeModel(folder), flags);
  try {
    const prompt = flags.raw === true ? rawPrompt(flags.prompt) : { system: flags.system ?? null, prompt: flags.prompt };
    const limit = Number(flags.maxNewTokens);
    if (!Number.isInteger(limit) || limit < 0)
      throw new StudioError('argument-invalid', `--max-new-tokens: must be a whole number from 0, got ${flags.maxNewTokens}`);
    await writeWhole(flags.out, writeSafetensors(await traceCaption(model, await readView(model, flags), prompt, limit)));
  } finally {
    await model.close();
  }
}

async function readView(model: OpenModel, flags: TraceFlags): Promise<PictureView> {
  if ((flags.image === undefined) === (flags.pixels === undefined))
    throw new StudioError('argument-invalid', 'trace: give either --image or --pixels');
  if (flags.image !== undefined) return viewPicture(model, await decodePicture(flags.image, await readPicture(flags.image)));
  const source = await fileSource(flags.pixels ?? '');
  const { tensors } = await readSafetensorsHeader(source);
  const info = tensors.get('pixel_values');
  if (!info) throw new StudioError('file-invalid', `${source.name}: has no tensor pixel_values`);
  const side = model.model.vision.imageSize;
  const { dtype, data, shape } = await readTensor(source, info);
  const tiles = data.length / (3 * side * side);
  if (!Number.isInteger(tiles) || tiles < 1 || (tiles > 1 && !model.processor.tiling)) {
    throw new StudioError(
      'shape-mismatch',
      `${source.name}: pixel_values is [${shape.join(', ')}], the model wants [${model.processor.tiling ? 'T' : '1'}, 3, ${String(side)}, ${String(side)}]`,
    );
  }
  const pixels = readFloats(dtype, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return {
    pixels,
    size: model.processor.tiling ? await readPictureSize(source, tensors.get('image_sizes')) : { height: side, width: side },
  };
}

/** Tiles alone do not say which part of them shows the picture. */
async function readPictureSize(source: ByteSource, info: TensorInfo | undefined): Promise<Size> {
  const [height, width] = info ? Array.from<number | bigint, number>((await readTensor(source, info)).data, Number) : [];
  if (height === undefined || width === undefined || height < 1 || width < 1) {
    throw new StudioError('file-invalid', `${source.name}: has no tensor image_sizes with the picture's own height and width`);
  }
  return { height, width };
}
