/** @file Patterns of strangers: Python's syntax as far as names need it, and no pattern that never ends. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesEnd, matchesWhole, patternEffort } from '../../../src/core/adapter/pattern.ts';
import { StudioError } from '../../../src/core/error.ts';

const q = 'model.language_model.layers.0.self_attn.q_proj';
const tower = 'model.vision_tower.encoder.layers.0.self_attn.q_proj';
const matches = (pattern: string, text: string): boolean => matchesWhole(compilePattern(pattern), text);

describe('compilePattern', () => {
  it.each([
    ['.*language_model.*\\.(q_proj|v_proj)', q, true],
    ['.*language_model.*\\.(q_proj|v_proj)', tower, false],
    ['^(?!.*vision).*(?:q_proj|v_proj)$', q, true],
    ['^(?!.*vision).*(?:q_proj|v_proj)$', tower, false],
    ['(?P<lm>model\\.language_model)\\.layers\\.([0-9]|1[0-5])\\.self_attn\\.[qkv]_proj', q, true],
    ['model\\.language_model\\.layers\\.\\d{2,}\\..*', q, false],
    ['(?i).*LANGUAGE_MODEL.*Q_PROJ', q, true],
    ['\\Amodel.*?_proj\\Z', q, true],
    ['.*\\bq_proj', q, true],
    ['q_proj', q, false],
    ['[^.]+(\\.[^.]+)*', q, true],
    ['layers{1}x{', 'layersx{', true],
    ['(?=model).*', q, true],
    ['[]a-]+', ']a-', true],
  ])('matches %s with %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['(?<=x)y', 'is not read here'],
    ['(a', 'a ( without a )'],
    ['a)', 'a ) without a ('],
    ['[a', 'a [ without a ]'],
    ['*a', 'nothing to repeat'],
    ['a**', 'repeats a repetition'],
    ['a*+', 'give nothing back'],
    ['\\1', 'is not read here'],
    ['a\\', 'ends with a \\'],
    ['a{5000}', 'cannot be repeated'],
    ['[z-a]', 'goes nowhere'],
    ['(?s)a', 'the flags'],
    ['('.repeat(100), 'deep'],
  ])('refuses %s and names the place', (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(StudioError);
    expect(() => compilePattern(pattern)).toThrow(message);
  });

  it.each(['(a+)+$', '(a|a)*b', '(a|aa)+$', '(.*a){20}', '(((a*)*)*)*b', '(?:(?:a{0,9}){0,9}){0,9}', '.?'.repeat(4900)])(
    'answers %s soon, where others try for years',
    (pattern) => {
      const startMs = performance.now();
      expect(matches(pattern, `${'a'.repeat(60)}!`)).toBe(pattern.startsWith('.?'));
      expect(performance.now() - startMs).toBeLessThan(2000);
    },
  );

  it('gives the patterns of a file up that take too many steps together, and names the file', () => {
    const effort = patternEffort('style/adapter_config.json');
    const tryAll = (): void => {
      for (let i = 0; i < 100_000; i++) matchesEnd(`.*.*.*x${String(i)}`, q, effort);
    };
    expect(tryAll).toThrow(/^style\/adapter_config\.json: its patterns take more than .* steps/);
    expect(() => compilePattern('(', 'style/adapter_config.json')).toThrow(/^style\/adapter_config\.json: pattern \(/);
  });

  it('compares a name for each module with every module within the effort for one file', () => {
    const effort = patternEffort('');
    const modules = Array.from({ length: 700 }, (_, i) => `model.language_model.layers.${String(i)}.mlp.up_proj`);
    const found = modules.map((name) => modules.findIndex((key) => matchesEnd(key, name, effort)));
    expect(found).toEqual(modules.map((_, i) => i));
  });

  it('agrees with the host on simple patterns', () => {
    const piece = fc.constantFrom('a', 'b', '.', '\\.', '[ab]', '[^a]', '(?:ab)', '(a|b)', 'a?', 'b*', 'a+?', '(?!b)', '\\d', 'a{1,2}');
    const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '.', '1'), { maxLength: 8 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, text, (source, word) => {
        expect(matches(source, word)).toBe(new RegExp(`^(?:${source})$`).test(word));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    'q_proj',
    'self_attn.q_proj',
    'self_attn\\.q_proj',
    'selfxattn.q_proj',
    'attn.q_proj',
    q,
    `x${q}`,
    '\\.q_proj',
    '.q_proj',
    'm.del.*',
  ])('finds the end %s as Python does', (key) => {
    expect(matchesEnd(key, q)).toBe(new RegExp(`^(?:.*\\.)?(?:${key})$`).test(q));
  });
});
