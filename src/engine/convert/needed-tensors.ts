/** @file Which tensors of a checkpoint its model computes with; the others stay behind, and what is missing is told before anything is written. */

import type { StoredTensor } from '../../core/codec/checkpoint-tensors.ts';
import { StudioError } from '../../core/error.ts';
import { nullAdapter } from '../../core/nn/adapter.ts';
import { float32Catalog, parseWeightKey } from '../../core/nn/weights.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import type { LlavaModel } from '../../../models/family.ts';
import { decoderStep } from '../../../models/decoder/step.ts';
import { canonicalName } from '../../../models/tensor-names.ts';
import { packingGraph } from '../../../models/vision/anyres-packing.ts';

/** What weights can be converted from. */
const floatTypes: readonly DType[] = ['float32', 'float16', 'bfloat16', 'float64'];

/**
 * Gives the tensors that the model needs under their canonical names, in the checkpoint's order. Blocks of a tower beyond the one whose
 * features are taken, buffers and the like are left out.
 *
 * @throws {StudioError} 'file-missing' naming a tensor that is not there, 'shape-mismatch' naming one that contradicts the config,
 * 'file-invalid' for one that stands under two names or holds no floats
 */
export function neededTensors(
  place: string,
  model: LlavaModel,
  tensors: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, StoredTensor> {
  const shapes = neededShapes(model);
  const found = new Map<string, StoredTensor>();
  for (const [written, tensor] of tensors) {
    const name = canonicalName(written);
    const shape = shapes.get(name);
    if (!shape) continue;
    if (found.has(name)) throw new StudioError('file-invalid', `${place}: tensor ${name} stands twice, the second time as ${written}`);
    if (shape.join() !== tensor.info.shape.join()) {
      throw new StudioError(
        'shape-mismatch',
        `${place}: ${written} is [${tensor.info.shape.join(', ')}], config.json makes it [${shape.join(', ')}]; do the two belong together?`,
        { details: { tensor: written } },
      );
    }
    if (!floatTypes.includes(tensor.info.dtype)) {
      throw new StudioError(
        'file-invalid',
        `${tensor.source.name}: tensor ${written} holds ${tensor.info.dtype}, weights must be float32, float16, bfloat16 or float64; a checkpoint that was quantised elsewhere is not read`,
        { details: { tensor: written } },
      );
    }
    found.set(name, tensor);
  }
  const missing = [...shapes.keys()].filter((name) => !found.has(name));
  if (missing[0] !== undefined) {
    const more = missing.length > 1 ? ` and ${String(missing.length - 1)} more` : '';
    throw new StudioError('file-missing', `${place}: there is no tensor ${missing[0]}${more}, which config.json asks for`, {
      details: { tensors: missing },
    });
  }
  return found;
}

/** The tensors of all graphs that caption, by name, in the checkpoint's shape. */
function neededShapes(model: LlavaModel): ReadonlyMap<string, readonly number[]> {
  const { vision, decoder } = model;
  const graphs = [
    vision.graph(float32Catalog),
    decoderStep(decoder, float32Catalog, nullAdapter),
    ...(vision.packing ? [packingGraph(vision.packing, decoder.hiddenSize, float32Catalog)] : []),
  ];
  const shapes = new Map<string, readonly number[]>();
  for (const { source, value } of graphs.flatMap(({ weights }) => weights)) {
    const { name, form } = parseWeightKey(source);
    const shape = value.shape.map(Number);
    shapes.set(name, form === 'transposed' ? shape.reverse() : shape);
  }
  return shapes;
}
