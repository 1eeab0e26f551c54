/** @file Numbers of a config that no model can have: refused by file, field and value in every family, and whatever is read lies within bounds. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../models/families.ts';
import type { LlavaModel } from '../../models/family.ts';
import { StudioError } from '../../src/core/error.ts';

type Config = Record<string, unknown>;

const references = join(import.meta.dirname, '../fixtures/reference');
const mini = join(import.meta.dirname, '../../public/bundles/llava-mini/manifest.json');

/** As the original code writes it, on a small decoder. */
const original: Config = {
  model_type: 'llava_llama',
  ...{ hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 4, vocab_size: 96 },
  ...{ max_position_embeddings: 512, rms_norm_eps: 1e-5, rope_theta: 10000, head_dim: 16, hidden_act: 'silu' },
  ...{ mm_projector_type: 'mlp2x_gelu', mm_vision_select_layer: -2, mm_vision_tower: 'openai/clip-vit-large-patch14-336' },
};

function read(path: string): Config {
  return JSON.parse(readFileSync(path, 'utf8')) as Config;
}

const configs: readonly (readonly [name: string, config: Config])[] = [
  ...readdirSync(references)
    .filter((name) => name.startsWith('llava'))
    .map((name) => [name, read(join(references, name, 'checkpoint/config.json'))] as const),
  ['llava-mini', read(mini)['config'] as Config],
  ['haotian-liu', original],
];

const decoderFields = [
  ...['hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'vocab_size'],
  ...['head_dim', 'max_position_embeddings', 'rms_norm_eps', 'rope_theta'],
];
const towerFields = [
  'hidden_size',
  'intermediate_size',
  'num_hidden_layers',
  'num_attention_heads',
  'patch_size',
  'image_size',
  'layer_norm_eps',
];
const miniFields = [
  'image_size',
  'stem_channels',
  'head_channels',
  ...['expand', 'kernel', 'stride', 'inputs', 'outputs'].map((name) => `blocks.3.${name}`),
];

/** The numbers that a config's family reads, by their path. */
function fieldsOf(name: string): readonly string[] {
  if (name === 'haotian-liu') return decoderFields;
  const vision = name === 'llava-mini' ? miniFields : towerFields;
  return [...decoderFields.map((field) => `text_config.${field}`), ...vision.map((field) => `vision_config.${field}`)];
}

function withField(config: Config, path: string, value: unknown): Config {
  const copy = structuredClone(config);
  const keys = path.split('.');
  let place = copy;
  for (const key of keys.slice(0, -1)) place = (place[key] ??= {}) as Config;
  place[keys.at(-1) ?? ''] = value;
  // transformers 5 writes it there, and what stands there goes first.
  if (path.endsWith('rope_theta') && 'rope_parameters' in place) place['rope_parameters'] = { rope_type: 'default', rope_theta: value };
  return copy;
}

function refusal(config: Config): StudioError | null {
  try {
    expectBounds(readModel(config));
    return null;
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
}

function expectBounds({ decoder, vision, imageTokenId }: LlavaModel): void {
  const { normEpsilon, ropeTheta, kind: _kind, hasQkvBias: _bias, isHeadTied: _tied, ...sizes } = decoder;
  const whole = { ...sizes, imageSize: vision.imageSize, rowsPerTile: vision.rowsPerTile, visionSize: vision.projector.visionSize };
  for (const [name, size] of Object.entries(whole))
    expect([name, Number.isInteger(size) && size > 0 && size <= 2 ** 28]).toEqual([name, true]);
  expect(normEpsilon > 0 && normEpsilon <= 1 && ropeTheta > 0 && Number.isFinite(ropeTheta)).toBe(true);
  expect(decoder.heads % decoder.keyValueHeads === 0 && decoder.headWidth % 2 === 0).toBe(true);
  expect(imageTokenId >= 0 && imageTokenId < decoder.vocabularySize).toBe(true);
}

/** Values, and how an error shows them. */
const impossible: readonly (readonly [value: unknown, shown: string])[] = [
  ...[0, -1, -1e-5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, true].map((value) => [value, String(value)] as const),
  ...([
    ['1', '"1"'],
    [[1], 'a list of 1'],
    [{}, '{…}'],
  ] as const),
];

describe.each(configs)('a config like %s', (name, config) => {
  it('is read as it is', () => {
    expect(refusal(config)).toBeNull();
  });

  it.each(fieldsOf(name))('is refused by file, field and value where %s can be no such number', (field) => {
    for (const [value, shown] of impossible) {
      const error = refusal(withField(config, field, value));
      expect([value, error?.code, error?.details['file']]).toEqual([value, 'file-invalid', 'config.json']);
      const told = String(error?.details['field']).replace('rope_parameters.', '');
      expect([value, told]).toEqual([value, field]);
      expect(error?.message).toContain(`got ${shown};`);
    }
  });

  it('has sizes and numbers within bounds, whatever its numbers say', () => {
    const anyNumber = fc.oneof(
      fc.integer({ min: -4, max: 4200 }),
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom(0.5, 2 ** 31, 2 ** 53),
    );
    const changes = fc.array(fc.tuple(fc.constantFrom(...fieldsOf(name)), anyNumber), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, (several) => {
        const error = refusal(several.reduce((changed, [field, value]) => withField(changed, field, value), config));
        if (error === null) return;
        expect(['file-invalid', 'model-unknown']).toContain(error.code);
        expect(error.message).toMatch(/^config\.json: \w/u);
      }),
      { numRuns: 300 },
    );
  });
});

it('tells of a decoder that the original code wrote by the field of its own file', () => {
  expect(refusal({ ...original, rms_norm_eps: -1 })?.message).toMatch(/^config\.json: rms_norm_eps must be a number above 0/u);
  expect(refusal({ ...original, mm_vision_select_layer: 99 })?.message).toMatch(/^config\.json: mm_vision_select_layer must be/u);
});

it('refuses a patch larger than the picture, a tower of other strides, and a Mistral window of no length', () => {
  const [, vicuna] = configs.find(([name]) => name === 'llava15-vicuna') ?? expect.fail('no vicuna');
  const [, own] = configs.find(([name]) => name === 'llava-mini') ?? expect.fail('no llava-mini');
  expect(refusal(withField(vicuna, 'vision_config.patch_size', 57))?.message).toContain('vision_config.patch_size');
  expect(refusal(withField(own, 'vision_config.blocks.1.stride', 1))?.message).toContain('shrink a side 32 times');
  expect(refusal(withField(own, 'vision_config.blocks', []))?.message).toContain('vision_config.blocks');
  const mistral = withField(withField(vicuna, 'text_config.model_type', 'mistral'), 'text_config.num_key_value_heads', 4);
  expect(refusal(withField(mistral, 'text_config.sliding_window', 0))?.message).toContain('text_config.sliding_window');
});
