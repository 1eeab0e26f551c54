/** @file Whether an adapter fits a model: every tensor has a place there, and the place's shape. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { promptParameter } from '../../core/adapter/soft-prompt.ts';
import { StudioError } from '../../core/error.ts';
import { sameShape } from '../../core/tensor/shape.ts';
import { decoderSites } from '../../../models/decoder/sites.ts';
import type { OpenModel } from '../model.ts';
import { kindName } from './combine.ts';
import { lowRankModules } from './low-rank.ts';

/** What adapters depend on of a model; an open model is one. */
export type AdaptedModel = Pick<OpenModel, 'model' | 'bundle'>;

/** A linear layer that a low-rank change can be put on, and how: by a slot of the decoder, or merged into the weight. */
export interface FoundSite {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly way: 'slot' | 'merged';
}

/** Finds linear layers by name: those of the decoder have slots, those of tower and projector take changes into their weights. */
export function siteFinder({ model, bundle }: AdaptedModel): (module: string) => FoundSite | null {
  const slots = decoderSites(model.decoder);
  return (module) => {
    const slot = slots.get(module);
    if (slot) return { inputSize: slot.inputSize, outputSize: slot.outputSize, way: 'slot' };
    const shape = bundle.tensors.get(`${module}.weight`)?.shape;
    const isSeeing = /^model\.(?:vision_tower|multi_modal_projector)\./.test(module) && !module.includes('embedding');
    const [outputSize = 0, inputSize = 0] = shape ?? [];
    return isSeeing && shape?.length === 2 ? { inputSize, outputSize, way: 'merged' } : null;
  };
}

/** Gives the shape of the rows that a kind learns. @shape [T, E] for soft prompts, [T, layers · 2 · keyValueHeads · D] for prefixes */
export function rowWidth({ model }: AdaptedModel, kind: 'prompt' | 'prefix'): number {
  const { hiddenSize, layers, keyValueHeads, headWidth } = model.decoder;
  return kind === 'prompt' ? hiddenSize : layers * 2 * keyValueHeads * headWidth;
}

/**
 * Checks that an adapter fits.
 *
 * @throws {StudioError} 'adapter-mismatch' naming the first tensor that does not, with both shapes
 */
export function checkFit(target: AdaptedModel, adapter: LearnedAdapter): void {
  const { spec, tensors, replaced } = adapter;
  const { name } = target.bundle.manifest;
  const refuse = (what: string): StudioError =>
    new StudioError('adapter-mismatch', `${adapter.name}: ${what}; it was made for another model than ${name}`);
  const compare = (key: string, found: readonly number[], wanted: readonly number[]): void => {
    if (!sameShape(found, wanted)) throw refuse(`${key} is [${found.join(', ')}], ${name} needs [${wanted.join(', ')}]`);
  };
  if (spec.kind === 'prompt' || spec.kind === 'prefix') {
    const shape = tensors.get(promptParameter)?.shape ?? [];
    compare(promptParameter, shape, [shape[0] ?? 0, rowWidth(target, spec.kind)]);
    const room = target.model.decoder.contextLength;
    if ((shape[0] ?? 0) < 1 || (shape[0] ?? 0) >= room)
      throw refuse(`${kindName(adapter)} of ${String(shape[0])} tokens does not fit into the ${String(room)} positions`);
  }
  const findSite = siteFinder(target);
  for (const { module, factors, magnitude } of lowRankModules(adapter)) {
    const site = findSite(module);
    if (!site) throw refuse(`there is no layer ${module}`);
    compare(`${module}.lora_A.weight`, [factors.rank, factors.inputSize], [factors.rank, site.inputSize]);
    compare(`${module}.lora_B.weight`, tensors.get(`${module}.lora_B.weight`)?.shape ?? [], [site.outputSize, factors.rank]);
    if (magnitude) compare(`${module}.lora_magnitude_vector`, [magnitude.length], [site.outputSize]);
  }
  for (const [key, { shape }] of replaced) {
    const own = target.bundle.tensors.get(key);
    if (!own) throw refuse(`there is no weight ${key}`);
    compare(key, shape, own.shape);
  }
}
