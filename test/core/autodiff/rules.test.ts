import { describe, expect, it } from 'vitest';
import { flatOps, gradientRules, opsWithoutRule } from '../../../src/core/autodiff/rules.ts';
import { ops } from '../../../src/core/graph/ops.ts';
import { gradCheck } from '../../helpers/grad-check.ts';
import { ruleCases } from './rule-cases.ts';

describe('gradientRules', () => {
  it('has for every op of the graphs exactly one of a rule, a zero gradient, or a place among those without', () => {
    const counts = [...ops.keys()].map((op) => [
      op,
      Number(gradientRules.has(op)) + Number(flatOps.has(op)) + Number(opsWithoutRule.has(op)),
    ]);
    expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('names no op that no graph can hold', () => {
    expect([...gradientRules.keys(), ...flatOps, ...opsWithoutRule].filter((op) => !ops.has(op))).toEqual([]);
  });

  it('has cases for every rule', () => {
    expect(Object.keys(ruleCases).sort()).toEqual([...gradientRules.keys()].sort());
  });

  it.each(Object.entries(ruleCases).flatMap(([op, cases]) => cases.map((one, i) => [`${op} ${String(i)}`, one] as const)))(
    'agrees with finite differences: %s',
    async (name, one) => gradCheck(name, one),
  );
});
