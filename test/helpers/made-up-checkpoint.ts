/** @file A LLaVA-1.5-shaped checkpoint of any size with weights by chance: small enough to caption, large enough to be interrupted. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '../../models/families.ts';
import { decoderStep } from '../../models/decoder/step.ts';
import { writeSafetensors } from '../../src/core/codec/safetensors-write.ts';
import { nullAdapter } from '../../src/core/nn/adapter.ts';
import { float32Catalog, parseWeightKey } from '../../src/core/nn/weights.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { float32ToFloat16 } from '../../src/core/tensor/float16.ts';
import { tensor, type Tensor } from '../../src/core/tensor/tensor.ts';

const fixture = join(import.meta.dirname, '../fixtures/reference/llava15-vicuna/checkpoint');

/** Writes a checkpoint of fp16 weights into a folder; `vocabulary` alone decides how large it is (1,000 tokens take 512 kB). */
export function writeMadeUpCheckpoint(folder: string, vocabulary: number): void {
  mkdirSync(folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(fixture, 'config.json'), 'utf8')) as { text_config: Record<string, unknown> };
  Object.assign(config.text_config, { hidden_size: 128, intermediate_size: 160, vocab_size: vocabulary });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  for (const name of [
    'generation_config.json',
    'preprocessor_config.json',
    'processor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ])
    cpSync(join(fixture, name), join(folder, name));
  const { vision, decoder } = readModel(config);
  const random = makeRandom(11);
  const tensors = new Map<string, Tensor>();
  for (const { source, value } of [vision.graph(float32Catalog), decoderStep(decoder, float32Catalog, nullAdapter)].flatMap(
    ({ weights }) => weights,
  )) {
    const { name, form } = parseWeightKey(source);
    const shape = value.shape.map(Number);
    if (form === 'transposed') shape.reverse();
    if (!tensors.has(name))
      tensors.set(
        name,
        chance(name, shape, () => random.nextUniform()),
      );
  }
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors));
}

function chance(name: string, shape: readonly number[], next: () => number): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const fanIn = size / (shape[0] ?? 1);
  const isNorm = /norm\d?\.weight$/u.test(name);
  const floats = Float32Array.from({ length: size }, () => (isNorm ? 1 : (next() * 2 - 1) * Math.sqrt(3 / fanIn)));
  return tensor('float16', shape, float32ToFloat16(floats));
}
