/** @file Sums over rows that a session computes, against those of the frozen weights themselves. */

import { afterAll, describe, expect, it } from 'vitest';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import type { Factors, RowSums } from '../../../src/engine/adapter/dora-gain.ts';
import { rowSums } from '../../../src/engine/adapter/dora-gain.ts';
import { makeRowSummer, type RowSummer } from '../../../src/engine/adapter/row-sums.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { decoderSites } from '../../../models/decoder/sites.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { openReference, references } from '../../parity/reference.ts';

const layer = 'model.language_model.layers.1';
const layers = [`${layer}.self_attn.q_proj`, `${layer}.mlp.down_proj`];
const parts = [...layers, 'lm_head'];
/** Products of both signs cancel in sums of floats. */
const closeness = { rtol: 1e-5, atol: 1e-5 };

const opened = new Map<string, OpenModel>();
afterAll(async () => {
  for (const model of opened.values()) await model.close();
});

async function modelIn(precision: 'fp32' | 'q4' | 'q8'): Promise<OpenModel> {
  const reference = references().find(({ name }) => name === 'llava-interleave-qwen2') ?? expect.fail('no reference');
  const model = opened.get(precision) ?? (await openReference(reference, precision, precision === 'fp32' ? 'float32' : 'stored'));
  opened.set(precision, model);
  return model;
}

function factorsOf({ model }: OpenModel, modules: readonly string[], rank: number): ReadonlyMap<string, Factors> {
  const random = makeRandom(rank);
  const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.nextUniform() - 0.5);
  return new Map(
    modules.map((module) => {
      const { inputSize, outputSize } = decoderSites(model.decoder).get(module) ?? expect.fail(module);
      return [module, { a: noise(rank * inputSize), b: noise(outputSize * rank), rank, inputSize, outputSize }];
    }),
  );
}

async function expectRight({ store }: OpenModel, changes: ReadonlyMap<string, Factors>, sums: ReadonlyMap<string, RowSums>): Promise<void> {
  expect([...sums.keys()].sort()).toEqual([...changes.keys()].sort());
  for (const [module, factors] of changes) {
    const wanted = rowSums((await store.read(`${module}.weight`)) as Float32Array, factors);
    for (const part of ['weight', 'cross', 'change'] as const)
      expectClose(sums.get(module)?.[part] ?? [], wanted[part], closeness, `${part} of ${module}`);
  }
}

interface Counted {
  readonly summer: RowSummer;
  readonly count: { opened: number; closed: number; read: number };
}

/** Counts what a summer opens, closes and reads as whole weights. */
function countedSummer({ runtime, model, store }: OpenModel, mostBytes?: number): Counted {
  const count = { opened: 0, closed: 0, read: 0 };
  const counting: OpenModel['runtime'] = {
    ...runtime,
    createSession: async (request) => {
      count.opened += 1;
      const session = await runtime.createSession(request);
      return {
        run: (feeds) => session.run(feeds),
        close: () => {
          count.closed += 1;
          return session.close();
        },
      };
    },
  };
  const reading: OpenModel['store'] = {
    ...store,
    read: (key) => {
      if (!key.includes(':')) count.read += 1;
      return store.read(key);
    },
  };
  return { summer: makeRowSummer({ runtime: counting, config: model.decoder, store: reading }, mostBytes), count };
}

describe.each(['fp32', 'q4', 'q8'] as const)('on a base in %s', (precision) => {
  it('a session sums what the weights themselves give, for the head too', async () => {
    const model = await modelIn(precision);
    const changes = factorsOf(model, parts, 3);
    await expectRight(model, changes, await model.rowSums.sumsOf(changes));
  });
});

describe('what is kept', () => {
  it('one session serves changes of any rank of the same modules, and weights are read once', async () => {
    const model = await modelIn('fp32');
    const { summer, count } = countedSummer(model);
    for (const rank of [2, 5]) {
      const changes = factorsOf(model, layers, rank);
      await expectRight(model, changes, await summer.sumsOf(changes));
    }
    const turned = factorsOf(model, layers.toReversed(), 4);
    await expectRight(model, turned, await summer.sumsOf(turned));
    expect(count).toEqual({ opened: 1, closed: 0, read: 2 });
    await summer.close();
    expect(count.closed).toBe(1);
  });

  it('other modules have a session in its place, and what was read serves them', async () => {
    const model = await modelIn('fp32');
    const { summer, count } = countedSummer(model);
    const [all, some] = [factorsOf(model, layers, 2), factorsOf(model, layers.slice(0, 1), 2)];
    const both = await Promise.all([summer.sumsOf(all), summer.sumsOf(some)]);
    await expectRight(model, all, both[0]);
    await expectRight(model, some, both[1]);
    expect(count).toEqual({ opened: 2, closed: 1, read: 2 });
    await summer.close();
  });

  it('weights that are too much to be held twice are summed part by part, and no session is kept', async () => {
    const model = await modelIn('q4');
    const { summer, count } = countedSummer(model, 1);
    const changes = factorsOf(model, parts, 3);
    await expectRight(model, changes, await summer.sumsOf(changes));
    expect(count).toEqual({ opened: 3, closed: 3, read: 3 });
    await summer.close();
    expect(count.closed).toBe(3);
  });
});
