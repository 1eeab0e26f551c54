/** @file The table of families, and the choice among them. */

import type { Family, LlavaModel } from './family.ts';
import { readObject, unknownField, type ConfigObject } from './fields.ts';
import { fromOriginalConfig, inOriginalWords, isOriginalConfig } from './original-layout.ts';
import { llavaInterleave } from './llava-interleave/llava-interleave.ts';
import { llavaMini } from './llava-mini/llava-mini.ts';
import { llavaNext } from './llava-next/llava-next.ts';
import { llavaOnevision } from './llava-onevision/llava-onevision.ts';
import { llava } from './llava/llava.ts';

/** Every family that can be read. */
export const families: readonly Family[] = [llava, llavaInterleave, llavaNext, llavaOnevision, llavaMini];

/** Every `model_type` that a family has. */
const modelTypes: readonly unknown[] = ['llava', 'llava_next', 'llava_onevision'];

/**
 * Reads a checkpoint's config by the family that it belongs to.
 *
 * @throws {StudioError} 'model-unknown' with the list of known families and the field that decided
 */
export function readModel(config: ConfigObject): LlavaModel {
  if (!isOriginalConfig(config)) return readKnown(config);
  const told = fromOriginalConfig(config);
  try {
    return readKnown(told);
  } catch (error) {
    throw inOriginalWords(error);
  }
}

function readKnown(told: ConfigObject): LlavaModel {
  const family = families.find((candidate) => candidate.matches(told));
  if (family) return family.read(told);
  const isTower = modelTypes.includes(told['model_type']);
  const [field, value] = isTower
    ? (['vision_config.model_type', readObject(told, 'vision_config', true)['model_type']] as const)
    : (['model_type', told['model_type']] as const);
  throw unknownField(
    field,
    value,
    families.map(({ name }) => name),
  );
}
