/** @file The model that learns: with floats where its own weights learn and it is held in blocks. */

import { weightStore } from '../../bundle/weight-store.ts';
import type { OpenModel } from '../../model.ts';
import type { TrainOptions } from '../options.ts';

/**
 * Gives the model whose graphs a run is built from. Full fine-tuning learns weights, which must be floats to do so; a model that computes on blocks, as on a GPU,
 * is given the same numbers as floats, read when a graph asks for them. Its own sessions go on computing on blocks and look at pictures.
 */
export function learningModel(model: OpenModel, { method }: Pick<TrainOptions, 'method'>): OpenModel {
  return method.kind === 'full' ? { ...model, store: weightStore(model.bundle, 'float32') } : model;
}
