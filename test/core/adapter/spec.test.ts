import { describe, expect, it } from 'vitest';
import { rankOf, type LowRankSpec } from '../../../src/core/adapter/spec.ts';

const spec: LowRankSpec = { kind: 'lora', rank: 8, alpha: 16, isRankStabilized: false, dropout: 0, targets: ['q_proj', 'v_proj'] };
const module = 'model.language_model.layers.0.self_attn.q_proj';

describe('rankOf', () => {
  it('finds modules by the ends of their names, cut at dots', () => {
    expect(rankOf(spec, module)).toEqual({ rank: 8, scale: 2 });
    expect(rankOf(spec, module.replace('q_proj', 'k_proj'))).toBeNull();
    expect(rankOf(spec, module.replace('q_proj', 'my_q_proj'))).toBeNull();
  });

  it('finds modules by a regular expression for the whole name', () => {
    expect(rankOf({ ...spec, targets: '.*language_model.*\\.(q_proj|down_proj)' }, module)).toEqual({ rank: 8, scale: 2 });
    expect(rankOf({ ...spec, targets: 'q_proj' }, module)).toBeNull();
  });

  it('divides alpha by the root of the rank if stabilised', () => {
    expect(rankOf({ ...spec, rank: 4, isRankStabilized: true }, module)).toEqual({ rank: 4, scale: 8 });
  });

  it('takes rank and alpha of a pattern', () => {
    const patterned = { ...spec, rankPattern: { 'layers.0.self_attn.q_proj': 2 }, alphaPattern: { 'layers\\.[01]\\..*': 6 } };
    expect(rankOf(patterned, module)).toEqual({ rank: 2, scale: 3 });
    expect(rankOf(patterned, module.replace('layers.0', 'layers.1'))).toEqual({ rank: 8, scale: 0.75 });
    expect(rankOf(patterned, module.replace('layers.0', 'layers.10'))).toEqual({ rank: 8, scale: 2 });
  });
});
