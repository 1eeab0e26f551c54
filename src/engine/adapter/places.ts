/** @file The places that an adapter's tensors can have: those of one model, or any. */

import { decoderSites } from '../../../models/decoder/sites.ts';
import { rowWidth, siteFinder, type AdaptedModel } from './fit.ts';

/** Places and their sizes; null stands for any size. */
export interface Places {
  /** What to call them in messages. */
  readonly name: string;
  /** The linear layers that a config may ask for. */
  readonly modules: readonly string[];
  /** Finds a linear layer, or gives null where there is none of that name. */
  site(module: string): { readonly inputSize: number | null; readonly outputSize: number | null } | null;
  /** Finds a weight, or gives null where there is none of that name. */
  weightShape(name: string, found: readonly number[]): readonly number[] | null;
  rowWidth(kind: 'prompt' | 'prefix'): number | null;
}

/** The places of a model. */
export function modelPlaces(target: AdaptedModel): Places {
  return {
    name: target.bundle.manifest.name,
    modules: [...decoderSites(target.model.decoder).keys()],
    site: siteFinder(target),
    weightShape: (name) => target.bundle.tensors.get(name)?.shape ?? null,
    rowWidth: (kind) => rowWidth(target, kind),
  };
}

/** Places for everything that has a name of a LLaVA. */
export const anyPlaces: Places = {
  name: 'a LLaVA',
  modules: [],
  site: (module) => (isLlavaName(module) ? { inputSize: null, outputSize: null } : null),
  weightShape: (name, found) => (isLlavaName(name) ? found : null),
  rowWidth: () => null,
};

function isLlavaName(name: string): boolean {
  return /^(?:model\.(?:language_model|vision_tower|multi_modal_projector|image_newline)|lm_head)(?:\.|$)/.test(name);
}
