/** @file A checkpoint as the original LLaVA code writes it: its config, its tensor names, no picture rules; it captions as its twin does. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../../src/cli/decode-picture.ts';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { openNodeModel } from '../../../src/cli/open-model.ts';
import { openSafetensors, readStored } from '../../../src/core/codec/checkpoint-tensors.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { captionPictures } from '../../../src/engine/caption/captioner.ts';
import { openSource } from '../../../src/engine/load/survey.ts';

const twin = join(import.meta.dirname, '../../fixtures/reference/llava15-vicuna/checkpoint');
const photo = join(import.meta.dirname, '../../../public/samples/skimage_coffee.jpg');
let folder: string;

/** @source haotian-liu/LLaVA 1.2, the names in model.state_dict() */
const originalNames: readonly (readonly [RegExp, string])[] = [
  [/^language_model\.lm_head\./, 'lm_head.'],
  [/^language_model\.model\./, 'model.'],
  [/^vision_tower\.vision_model\./, 'model.vision_tower.vision_tower.vision_model.'],
  [/^multi_modal_projector\.linear_1\./, 'model.mm_projector.0.'],
  [/^multi_modal_projector\.linear_2\./, 'model.mm_projector.2.'],
];

function originalName(name: string): string {
  const rule = originalNames.find(([pattern]) => pattern.test(name)) ?? expect.fail(`no original name for ${name}`);
  return name.replace(rule[0], rule[1]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'studio-original-'));
  mkdirSync(folder, { recursive: true });
  const told = JSON.parse(readFileSync(join(twin, 'config.json'), 'utf8')) as Record<string, Record<string, unknown>>;
  const config = {
    ...told['text_config'],
    architectures: ['LlavaLlamaForCausalLM'],
    model_type: 'llava_llama',
    mm_vision_tower: 'openai/clip-vit-large-patch14-336',
    mm_projector_type: 'mlp2x_gelu',
    mm_vision_select_layer: -2,
    mm_vision_select_feature: 'patch',
    tie_word_embeddings: false,
    vision_config: told['vision_config'],
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) cpSync(join(twin, name), join(folder, name));
  const tensors = new Map<string, Tensor>();
  for (const [name, stored] of (await openSafetensors(folderFiles(twin))).tensors)
    tensors.set(originalName(name), await readStored(stored));
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function caption(checkpoint: string): Promise<readonly number[]> {
  const model = await openNodeModel(checkpoint);
  let ids: readonly number[] = [];
  const request = { id: 'a', system: '', prompt: 'hi', load: () => decodePicture(photo, readFileSync(photo)) };
  await captionPictures(
    model,
    [request],
    { decoding: { ...model.defaults, maxNewTokens: 12 }, batchSize: 1 },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      isCancelled: () => false,
      isPaused: () => false,
      onDone: (_, { captions }) => {
        ids = captions[0]?.ids ?? [];
      },
      onFailed: (_, error) => {
        throw error;
      },
    },
  );
  await model.close();
  return ids;
}

describe('a checkpoint of the original code', () => {
  it('is surveyed as the family that it is', async () => {
    const { survey } = await openSource(folderFiles(folder));
    const { survey: wanted } = await openSource(folderFiles(twin));
    expect(survey).toEqual(wanted);
  });

  it('writes the captions of its twin in transformers’ layout', async () => {
    const ids = await caption(folder);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual(await caption(twin));
  });
});
