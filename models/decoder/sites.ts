/** @file The linear layers of a decoder that adapters may change. */

import type { LinearSite } from '../../src/core/nn/adapter.ts';
import { float32Catalog } from '../../src/core/nn/weights.ts';
import type { DecoderConfig } from './config.ts';
import { decoderStep } from './step.ts';

/** A linear layer's name and sizes. */
export type DecoderSite = Pick<LinearSite, 'module' | 'inputSize' | 'outputSize'>;

/** Building a graph of many layers takes milliseconds, which a change of adapters should not wait for. */
const cache = new WeakMap<DecoderConfig, ReadonlyMap<string, DecoderSite>>();

/** Lists the linear layers of a decoder by name, in the order in which its graph asks for them. */
export function decoderSites(config: DecoderConfig): ReadonlyMap<string, DecoderSite> {
  const known = cache.get(config);
  if (known) return known;
  const sites = new Map<string, DecoderSite>();
  decoderStep(config, float32Catalog, {
    linear: (_g, { module, inputSize, outputSize }, { y }) => {
      sites.set(module, { module, inputSize, outputSize });
      return y;
    },
  });
  cache.set(config, sites);
  return sites;
}
