/** @file Going on from an adapter that exists: which method that is, what contradicts it, and where its parameters start. */

import type { LearnedAdapter } from '../../../core/adapter/learned.ts';
import type { Parameter } from '../../../core/adapter/parameter.ts';
import { rankOf, type LowRankSpec } from '../../../core/adapter/spec.ts';
import { StudioError } from '../../../core/error.ts';
import { parseWeightKey } from '../../../core/nn/weights.ts';
import { headModule } from '../../../../models/decoder/layer.ts';
import { decoderSites } from '../../../../models/decoder/sites.ts';
import { trainedParameters } from '../../../../models/decoder/train-step.ts';
import type { TrainingMethod } from '../../../../models/decoder/train-method.ts';
import { towerPrefix } from '../../../../models/vision/transformer.ts';
import { kindName } from '../../adapter/combine.ts';
import { checkFit } from '../../adapter/fit.ts';
import { replacedNumbers } from '../../adapter/replaced-weights.ts';
import { changesSharedTable } from '../../adapter/tables.ts';
import type { OpenModel } from '../../model.ts';
import type { ParameterValues } from './initial-values.ts';
import type { MethodOptions } from '../options.ts';

/** Gives the method that an adapter was learned with, its sizes among it. */
export function methodOfAdapter({ spec, placement, replaced }: Pick<LearnedAdapter, 'spec' | 'placement' | 'replaced'>): MethodOptions {
  switch (spec.kind) {
    case 'prompt':
      return { kind: 'prompt', tokens: spec.tokens, initText: null, placement };
    case 'prefix':
      return { kind: 'prefix', tokens: spec.tokens, projectionSize: null, initText: null };
    case 'lora':
    case 'dora':
      return spec;
    case 'weights':
      return hasTower({ replaced }) ? { kind: 'full', tower: true } : { kind: 'full' };
    default:
      return spec satisfies never;
  }
}

/**
 * Checks that a run of a method can go on from an adapter.
 *
 * @throws {StudioError} 'adapter-mismatch' when it belongs to another model or holds what training does not reach, 'argument-invalid' naming
 * the option that contradicts it
 */
export function checkStart(model: OpenModel, method: MethodOptions, adapter: LearnedAdapter): void {
  checkFit(model, adapter);
  const contradiction = contradictionOf(model, method, adapter);
  if (contradiction !== null)
    throw new StudioError(
      'argument-invalid',
      `training: goes on from ${adapter.name}, ${kindName(adapter)}; ${contradiction}. Leave that option out, or begin anew`,
    );
  const learning = new Set(parametersFrom(model, adapter).map(({ name }) => parseWeightKey(name).name));
  const beyond = [...adapter.tensors.keys(), ...adapter.replaced.keys()].find((name) => !learning.has(name));
  if (beyond !== undefined) throw beyondTraining(model, adapter, beyond);
}

/** Names what is not learned here, and what to do instead: a merge, where one could keep it. */
function beyondTraining({ model }: OpenModel, adapter: LearnedAdapter, tensor: string): StudioError {
  const kind = kindName(adapter);
  const why = tensor.startsWith(`${headModule}.`)
    ? `it changes the head (${tensor}), which ${kind} leaves alone here`
    : `${tensor} of it is nothing that ${kind} learns here`;
  const remedy = changesSharedTable(model.decoder, adapter)
    ? 'a merge could not keep it either, since head and embeddings of this model are one table: begin from one that leaves both alone, or anew'
    : 'merge it into the model and begin from that';
  return new StudioError('adapter-mismatch', `training: cannot go on from ${adapter.name}, since ${why}; ${remedy}`, {
    details: { tensor },
  });
}

function hasTower({ replaced }: Pick<LearnedAdapter, 'replaced'>): boolean {
  return [...replaced.keys()].some((name) => name.startsWith(`${towerPrefix}.`));
}

function parametersFrom({ model, store }: OpenModel, adapter: LearnedAdapter): readonly Parameter[] {
  const { spec } = adapter;
  const method: TrainingMethod = spec.kind === 'weights' ? { kind: 'full', reach: hasTower(adapter) ? 'tower' : 'projector' } : spec;
  return trainedParameters({ model, catalog: store.catalog }, method);
}

function contradictionOf(model: OpenModel, method: MethodOptions, adapter: LearnedAdapter): string | null {
  const own = methodOfAdapter(adapter);
  const differs = (option: string, wanted: unknown, has: unknown): string | null =>
    wanted === has ? null : `${option} ${String(wanted)} was asked for, it has ${String(has)}`;
  if (method.kind !== own.kind) return differs('the method', method.kind, own.kind);
  switch (method.kind) {
    case 'prompt':
    case 'prefix': {
      if (own.kind !== method.kind) return null;
      if (method.initText !== null) return 'a text to start from was given, and it starts from what was learned';
      const tokens = differs('a number of tokens of', method.tokens, own.tokens);
      if (tokens !== null) return tokens;
      if (method.kind === 'prompt') return own.kind === 'prompt' ? differs('the placement', method.placement, own.placement) : null;
      return method.projectionSize === null ? null : 'a network was asked for, and only the rows that one made are kept';
    }
    case 'lora':
    case 'dora':
      return own.kind === method.kind ? lowRankContradiction(model, method, own) : null;
    case 'full':
      return hasTower(adapter) && method.tower !== true ? 'its tower was learned as well, and the tower was not asked for' : null;
    default:
      return method satisfies never;
  }
}

/** Options of training, such as dropout, may differ; what decides shapes and scales may not. */
function lowRankContradiction({ model }: OpenModel, wanted: LowRankSpec, own: LowRankSpec): string | null {
  for (const module of decoderSites(model.decoder).keys()) {
    const [asked, has] = [rankOf(wanted, module), rankOf(own, module)];
    if (asked === null && has === null) continue;
    if (asked === null || has === null) return `${module} ${has === null ? 'is not among its layers' : 'is among its layers'}`;
    if (asked.rank !== has.rank) return `rank ${String(asked.rank)} was asked for, it has ${String(has.rank)}`;
    if (Math.abs(asked.scale - has.scale) > 1e-9 * has.scale)
      return `a scale (alpha by rank) of ${String(asked.scale)} was asked for, it has ${String(has.scale)}`;
  }
  return null;
}

/** Gives the parameters that an adapter holds, by their names in training; the others of a run start as its method says. */
export function valuesOfAdapter(parameters: readonly Parameter[], adapter: LearnedAdapter): ParameterValues {
  const values = new Map<string, Float32Array>();
  for (const { name } of parameters) {
    const own = adapter.tensors.get(name)?.data ?? replacedNumbers(adapter.replaced, name);
    if (own) values.set(name, own.slice());
  }
  return values;
}
