/** @file The table of families, and the choice among them. */

import { StudioError } from '../src/core/error.ts';
import type { Family, LlavaModel } from './family.ts';
import { readObject, type ConfigObject } from './fields.ts';
import { fromOriginalConfig, isOriginalConfig } from './original-layout.ts';
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
  const told = isOriginalConfig(config) ? fromOriginalConfig(config) : config;
  const family = families.find((candidate) => candidate.matches(told));
  if (family) return family.read(told);
  const isTower = modelTypes.includes(told['model_type']);
  const [field, value] = isTower
    ? ['vision_config.model_type', readObject(told, 'vision_config', true)['model_type']]
    : ['model_type', told['model_type']];
  const known = families.map(({ name }) => name).join(', ');
  throw new StudioError('model-unknown', `config: ${field} is ${JSON.stringify(value ?? null)}; families known here: ${known}`);
}
