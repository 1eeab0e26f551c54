/** @file Finds the place of every tensor of an adapter in our own form, for which PEFT has none. */

import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { promptParameter } from '../../core/adapter/soft-prompt.ts';
import { StudioError } from '../../core/error.ts';
import { sameShape } from '../../core/tensor/shape.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { MatchedAdapter } from './match-report.ts';
import { ownNames } from './own-form.ts';
import type { AdapterFolder, FileTensors } from './read-adapter.ts';

/**
 * Takes an adapter in our own form.
 *
 * @throws {StudioError} 'file-invalid' when it holds nothing of what its description says, 'adapter-mismatch' when a shape differs from it
 */
export function matchOwn({ place, description, ownTensors }: AdapterFolder): MatchedAdapter {
  if (!description?.spec) throw new StudioError('file-invalid', `${place}: its description does not say what it is`);
  const { name, spec, placement, base, card } = description;
  const replaced = new Map(
    [...ownTensors]
      .filter(([key]) => key.startsWith(ownNames.replaced))
      .map(([key, tensor]) => [key.slice(ownNames.replaced.length), tensor]),
  );
  const rows = ownTensors.get(promptParameter);
  if (spec.kind === 'prompt') checkRows(place, spec.tokens, rows);
  else if (replaced.size === 0) throw nothingThere(place, 'whole weights', ownTensors);
  const tensors = new Map(spec.kind === 'prompt' && rows ? [[promptParameter, rows]] : []);
  const used = new Set([...tensors.keys(), ...[...replaced.keys()].map((key) => ownNames.replaced + key)]);
  const adapter: LearnedAdapter = { name, spec, tensors, replaced, placement, start: startOf(ownTensors, rows), base, card };
  const unmatched = [...ownTensors.keys()].filter((key) => !used.has(key) && key !== ownNames.start);
  return { adapter, matched: [...used], unmatched, missing: [] };
}

function checkRows(place: string, tokens: number, rows: Tensor<'float32'> | undefined): void {
  if (!rows)
    throw new StudioError('file-invalid', `${place}: its description tells a soft prompt, but there is no tensor ${promptParameter}`);
  if (rows.shape.length === 2 && rows.shape[0] === tokens) return;
  throw new StudioError(
    'adapter-mismatch',
    `${place}: ${promptParameter} is [${rows.shape.join(', ')}], its description tells ${String(tokens)} tokens`,
    { details: { tensor: promptParameter } },
  );
}

function nothingThere(place: string, what: string, tensors: FileTensors): StudioError {
  const [example] = tensors.keys();
  const found = example === undefined ? 'it holds no tensors' : `none of its ${String(tensors.size)} tensors is one, such as ${example}`;
  return new StudioError('file-invalid', `${place}: its description tells ${what}, but ${found}`);
}

/** Gives where a soft prompt started, or null where that is not known or of other sizes. */
export function startOf(ownTensors: FileTensors, rows: Tensor<'float32'> | undefined): Tensor<'float32'> | null {
  const start = ownTensors.get(ownNames.start);
  return start && rows && sameShape(start.shape, rows.shape) ? start : null;
}
