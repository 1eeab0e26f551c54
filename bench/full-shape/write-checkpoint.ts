/** @file Writes the made-up checkpoint piece by piece: sharded bfloat16 with an index, as the hub has large ones. */

import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { planSafetensors } from '../../src/core/codec/safetensors-write.ts';
import { float32ToBfloat16 } from '../../src/core/tensor/float16.ts';
import { makeRandom, type Random } from '../../src/core/tensor/random.ts';
import { elementCount } from '../../src/core/tensor/shape.ts';
import { tokenizerFiles } from './made-up-tokenizer.ts';
import { configOf, pictureRules, tensorsOf, type FullShape, type MadeUpTensor } from './shape.ts';

/** As transformers cuts them. @unit bytes */
const shardLimitBytes = 5e9;
/** How many numbers are drawn at a time. */
const pieceElements = 8 * 2 ** 20;
/** Different numbers that one tensor can have, before they are scaled. */
const drawnNormals = 65536;

/** Writes the checkpoint; the same bytes each time. Tells how many bytes were written so far, and gives how many there are. */
export async function writeCheckpoint(folder: string, shape: FullShape, onBytes: (done: number, total: number) => void): Promise<number> {
  await mkdir(folder, { recursive: true });
  const side = { 'config.json': configOf(shape), 'preprocessor_config.json': pictureRules, ...tokenizerFiles(shape) };
  for (const [name, value] of Object.entries(side)) await writeFile(join(folder, name), JSON.stringify(value));
  await writeFile(join(folder, 'README.md'), '---\nlicense: cc0-1.0\n---\nMade-up weights in a true shape.\n');
  const tensors = tensorsOf(shape);
  const shards = cutShards(tensors);
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const normals = drawNormals(makeRandom(1));
  const weightMap: Record<string, string> = {};
  let done = 0;
  for (const [i, shard] of shards.entries()) {
    const name = `model-${place(i + 1)}-of-${place(shards.length)}.safetensors`;
    const plan = planSafetensors(
      shard.map((tensor) => ({ name: tensor.name, dtype: 'bfloat16', shape: tensor.shape })),
      { format: 'pt' },
    );
    const file = await open(join(folder, name), 'w');
    try {
      await file.writeFile(plan.header);
      for (const tensor of shard) {
        weightMap[tensor.name] = name;
        await writeTensor(file, tensor, { normals, random: makeRandom(2, tensors.indexOf(tensor)) });
        onBytes((done += bytesOf(tensor)), total);
      }
    } finally {
      await file.close();
    }
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: total }, weight_map: weightMap }));
  return total;
}

function cutShards(tensors: readonly MadeUpTensor[]): readonly (readonly MadeUpTensor[])[] {
  const shards: MadeUpTensor[][] = [];
  let size = Infinity;
  for (const tensor of tensors) {
    if (size + bytesOf(tensor) > shardLimitBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)?.push(tensor);
    size += bytesOf(tensor);
  }
  return shards;
}

interface Draw {
  readonly normals: Float32Array;
  readonly random: Random;
}

/** Each number is one of the drawn normals, scaled: half a random word a number, since seven billion are needed. */
async function writeTensor(file: FileHandle, { shape, mean, deviation }: MadeUpTensor, { normals, random }: Draw): Promise<void> {
  const values = float32ToBfloat16(normals.map((normal) => mean + deviation * normal));
  const count = elementCount(shape);
  const piece = new Uint16Array(Math.min(pieceElements, count + (count % 2)));
  for (let start = 0; start < count; start += piece.length) {
    for (let i = 0; i < piece.length; i += 2) {
      const word = random.nextUint32();
      piece[i] = values[word & 0xffff] ?? 0;
      piece[i + 1] = values[word >>> 16] ?? 0;
    }
    await file.writeFile(new Uint8Array(piece.buffer, 0, 2 * Math.min(piece.length, count - start)));
  }
}

/** @source Box and Muller 1958 */
function drawNormals(random: Random): Float32Array {
  return Float32Array.from({ length: drawnNormals }, () => {
    return Math.sqrt(-2 * Math.log(1 - random.nextUniform())) * Math.cos(2 * Math.PI * random.nextUniform());
  });
}

function bytesOf({ shape }: MadeUpTensor): number {
  return 2 * elementCount(shape);
}

function place(number: number): string {
  return String(number).padStart(5, '0');
}
