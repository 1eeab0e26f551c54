import { describe, expect, it } from 'vitest';
import { beamAdvance, beamFinish, beamStart } from '../../../src/core/decode/beam.ts';
import { makeSampler, type SamplerSpec } from '../../../src/core/decode/sampler.ts';

const rules = { repetitionPenalty: 1, noRepeatNgram: 0, bannedSequences: [], minNewTokens: 0, stopIds: [0] };
const spec: SamplerSpec = { rules, warp: { temperature: 1, topK: 0, topP: 1, minP: 0 }, promptLength: 0, seed: 7, captionIndex: 0 };
const logits = Float32Array.from([0.1, 0.2, 0.3, 0.4], Math.log);

function drawn(change: Partial<SamplerSpec>, count = 40): readonly number[] {
  const sampler = makeSampler({ ...spec, ...change });
  return Array.from({ length: count }, () => sampler.choose(logits, []).token);
}

describe('makeSampler', () => {
  it('draws each token as often as it is likely', () => {
    const count = 20_000;
    const tokens = drawn({}, count);
    for (const token of [0, 1, 2, 3]) {
      const share = tokens.filter((each) => each === token).length / count;
      expect(Math.abs(share - (token + 1) / 10)).toBeLessThan(0.015); // more than four standard deviations
    }
  });

  it('draws the same for the same seed and caption, and other things for others', () => {
    expect(drawn({})).toEqual(drawn({}));
    expect(drawn({ seed: 8 })).not.toEqual(drawn({}));
    expect(drawn({ captionIndex: 1 })).not.toEqual(drawn({}));
  });

  it('does not depend on what other samplers draw in between', () => {
    const alone = drawn({});
    const [one, other] = [makeSampler(spec), makeSampler({ ...spec, captionIndex: 5 })];
    const mixed = alone.map(() => {
      other.choose(logits, []);
      return one.choose(logits, []).token;
    });
    expect(mixed).toEqual(alone);
  });

  it('only reads the logits', () => {
    const row = logits.slice();
    makeSampler({ ...spec, rules: { ...rules, bannedSequences: [[3]], repetitionPenalty: 2 } }).choose(row, [1, 2]);
    expect(row).toEqual(logits);
  });

  it('says whose fault it is when no token is left', () => {
    const all = { ...rules, stopIds: [], bannedSequences: [[0], [1], [2], [3]] };
    expect(() => makeSampler({ ...spec, rules: all }).choose(logits, [])).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
    const broken = Float32Array.of(1, NaN, 2, 3);
    expect(() => makeSampler(spec).choose(broken, [])).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

describe('beamAdvance', () => {
  const beamSpec = { rules, promptIds: [1], beams: 3, maxNewTokens: 4, lengthPenalty: 1, earlyStopping: false, forcing: null } as const;

  it('keeps the batch full where bans leave fewer texts than beams', () => {
    const only = { ...rules, bannedSequences: [[1], [2]] };
    const step = beamAdvance(beamStart({ ...beamSpec, rules: only }), [logits]);
    expect(step.tokens).toEqual([3, 3, 3]);
    expect(step.parents).toEqual([0, 0, 0]);
    const next = beamAdvance(step.state, [logits, logits, logits]);
    expect(beamFinish(next.state, 3).map(({ ids }) => ids)).toEqual([[3, 0], [0], [3, 3]]);
  });

  it('gives the running texts of a search that was cut short', () => {
    const { state } = beamAdvance(beamStart(beamSpec), [Float32Array.of(-9, 1, 2, 3)]);
    expect(beamFinish(state, 2).map(({ ids, stoppedBy }) => [ids, stoppedBy])).toEqual([
      [[3], 'length'],
      [[2], 'length'],
    ]);
  });

  it('refuses rows that are not one for each running text, and a model that gave NaN', () => {
    expect(() => beamAdvance(beamStart(beamSpec), [logits, logits])).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => beamAdvance(beamStart(beamSpec), [Float32Array.of(NaN, 0)])).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
