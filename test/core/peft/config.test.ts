/** @file Configs of PEFT: what is read, and what is refused because it would be computed otherwise. */

import { describe, expect, it } from 'vitest';
import { readPeftConfig, type PeftLora } from '../../../src/core/peft/config.ts';
import { layoutName, peftLayouts } from '../../../src/core/peft/layout.ts';
import { isTarget, rankAndAlpha } from '../../../src/core/peft/targets.ts';
import { targetPattern } from '../../../src/core/peft/write-config.ts';
import { compilePattern, matchesWhole } from '../../../src/core/adapter/pattern.ts';

const lora = { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj', 'v_proj'] };
const read = (json: Readonly<Record<string, unknown>>): ReturnType<typeof readPeftConfig> => readPeftConfig(json, 'a/adapter_config.json');
const readLora = (json: Readonly<Record<string, unknown>>): PeftLora => {
  const config = read({ ...lora, ...json });
  return config.kind === 'lora' || config.kind === 'dora' ? config : expect.fail(config.kind);
};

describe('readPeftConfig', () => {
  it('reads a config that says only what it must, as PEFT 0.7 wrote it', () => {
    expect(readLora({})).toMatchObject({ kind: 'lora', rank: 8, alpha: 16, isRankStabilized: false, rankPattern: {} });
    expect(readLora({ use_dora: true, use_rslora: true })).toMatchObject({ kind: 'dora', isRankStabilized: true });
    expect(readLora({ fan_in_fan_out: true, bias: 'none', lora_dropout: 0.1, layers_to_transform: 3 }).targets.layers).toEqual([3]);
  });

  it('takes P-tuning as the soft prompt that it saves', () => {
    const config = read({ peft_type: 'P_TUNING', num_virtual_tokens: 4, token_dim: 8, num_layers: 2, num_attention_heads: 2 });
    expect(config).toMatchObject({ kind: 'prompt', method: 'P_TUNING', tokens: 4, width: 8 });
  });

  it.each([
    [{ peft_type: 'IA3' }, 'adapter-mismatch', 'peft_type is "IA3"'],
    [{ r: 'eight' }, 'file-invalid', 'r should be a whole number from 1, it is "eight"'],
    [{ r: 0 }, 'file-invalid', 'r should be a whole number from 1'],
    [{ lora_alpha: 1e308 }, 'file-invalid', 'lora_alpha should be a number'],
    [{ lora_dropout: 7 }, 'file-invalid', 'lora_dropout should be a number from 0 to below 1, it is 7'],
    [{ use_dora: 1 }, 'file-invalid', 'use_dora should be true or false, it is 1'],
    [{ use_rslora: 'true' }, 'file-invalid', 'use_rslora should be true or false, it is "true"'],
    [{ rank_pattern: { q_proj: 0 } }, 'file-invalid', 'rank_pattern should be an object of whole numbers from 1'],
    [{ target_modules: Array.from({ length: 30_000 }, () => 'q') }, 'file-invalid', 'target_modules should be a text or a list of texts'],
    [{ target_modules: 7 }, 'file-invalid', 'target_modules should be a text or a list of texts'],
    [{ rank_pattern: { q_proj: 'x' } }, 'file-invalid', 'rank_pattern should be an object of whole numbers from 1'],
    [{ use_qalora: true }, 'adapter-mismatch', 'use_qalora is true'],
    [{ trainable_token_indices: [3] }, 'adapter-mismatch', 'trainable_token_indices'],
    [{ init_lora_weights: 'pissa_niter_4' }, 'adapter-mismatch', 'belongs to a changed base'],
  ])('refuses %j', (change, code, message) => {
    expect(() => read({ ...lora, ...change })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});

describe('isTarget', () => {
  const names = (module: string): readonly string[] => peftLayouts.map((layout) => layoutName(module, layout));
  const q5 = names('model.language_model.layers.5.self_attn.q_proj');
  it.each([
    [{ target_modules: 'all-linear' }, true],
    [{ target_modules: ['q_proj'] }, true],
    [{ target_modules: ['proj'] }, false],
    [{ target_modules: 'model\\.layers\\.5\\..*' }, true], // the original code's names
    [{ target_modules: ['q_proj'], exclude_modules: ['q_proj'] }, false],
    [{ target_modules: ['q_proj'], exclude_modules: '.*vision.*' }, true],
    [{ target_modules: ['q_proj'], layers_to_transform: [4] }, false],
    [{ target_modules: ['q_proj'], layers_to_transform: [4, 5] }, true],
  ])('%j: %s', (fields, expected) => {
    expect(isTarget(readLora(fields).targets, q5)).toBe(expected);
  });

  it('finds ranks and alphas by the ends of names', () => {
    const config = readLora({ rank_pattern: { 'layers.5.self_attn.q_proj': 2 }, alpha_pattern: { '^model.language_model.*': 3 } });
    expect(rankAndAlpha(config, q5)).toEqual({ rank: 2, alpha: 3 });
    expect(rankAndAlpha(config, names('model.language_model.layers.4.self_attn.q_proj'))).toMatchObject({ rank: 8 });
  });
});

describe('targetPattern', () => {
  it('matches the given names and none of their neighbours', () => {
    const own = [0, 1, 11].flatMap((layer) =>
      ['self_attn.q_proj', 'mlp.down_proj'].map((part) => `model.language_model.layers.${String(layer)}.${part}`),
    );
    const odd = ['model.multi_modal_projector.linear_1', 'model.language_model.layers.3.self_attn.v_proj'];
    const pattern = compilePattern(targetPattern([...own, ...odd]));
    for (const name of [...own, ...odd]) expect(matchesWhole(pattern, name), name).toBe(true);
    for (const name of ['model.language_model.layers.2.self_attn.q_proj', 'model.vision_tower.encoder.layers.0.self_attn.q_proj'])
      expect(matchesWhole(pattern, name), name).toBe(false);
  });
});
