/** @file Configs that no honest tool wrote: read, or refused by an error of ours; never anything else. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePattern, matchesWhole } from '../../../src/core/adapter/pattern.ts';
import { StudioError } from '../../../src/core/error.ts';
import { readPeftConfig } from '../../../src/core/peft/config.ts';
import { allLayoutNames } from '../../../src/core/peft/layout.ts';
import { isTarget, rankAndAlpha } from '../../../src/core/peft/targets.ts';

const names = allLayoutNames('model.language_model.layers.0.self_attn.q_proj');
const fields = fc.record(
  {
    peft_type: fc.oneof(fc.constantFrom('LORA', 'PROMPT_TUNING', 'PREFIX_TUNING', 'P_TUNING'), fc.jsonValue()),
    r: fc.oneof(fc.integer(), fc.jsonValue()),
    lora_alpha: fc.oneof(fc.double(), fc.jsonValue()),
    target_modules: fc.oneof(fc.string(), fc.array(fc.string()), fc.jsonValue()),
    exclude_modules: fc.oneof(fc.string(), fc.jsonValue()),
    layers_to_transform: fc.oneof(fc.array(fc.integer()), fc.jsonValue()),
    rank_pattern: fc.oneof(fc.dictionary(fc.string(), fc.integer()), fc.jsonValue()),
    alpha_pattern: fc.oneof(fc.dictionary(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })), fc.jsonValue()),
    modules_to_save: fc.jsonValue(),
    num_virtual_tokens: fc.oneof(fc.nat(), fc.jsonValue()),
    token_dim: fc.oneof(fc.nat(), fc.jsonValue()),
    init_lora_weights: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

/** Runs work that may only fail by an error of ours. */
function orRefused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(StudioError);
  }
}

it('reads any config or refuses it', () => {
  fc.assert(
    fc.property(fields, (json) => {
      orRefused(() => {
        const config = readPeftConfig(json, 'hostile');
        if (config.kind === 'lora' || config.kind === 'dora') {
          isTarget(config.targets, names);
          rankAndAlpha(config, names);
        }
      });
    }),
    { numRuns: 1000 },
  );
});

it('matches any pattern or refuses it, soon', () => {
  const sign = fc.constantFrom(...'.*+?()[]{}|\\^$-,aq_01:=!<>P'.split(''));
  const pattern = fc.array(sign, { maxLength: 30 }).map((signs) => signs.join(''));
  fc.assert(
    fc.property(pattern, (source) => {
      const startMs = performance.now();
      orRefused(() => matchesWhole(compilePattern(source), 'a'.repeat(60)));
      expect(performance.now() - startMs).toBeLessThan(3000);
    }),
    { numRuns: 2000 },
  );
});
