/** @file The table of families, and the choice among them. */

import { StudioError } from '../src/core/error.ts';
import type { Family, LlavaModel } from './family.ts';
import type { ConfigObject } from './fields.ts';
import { llavaMini } from './llava-mini/llava-mini.ts';

/** Every family that can be read. */
export const families: readonly Family[] = [llavaMini];

/**
 * Reads a checkpoint's config by the family that it belongs to.
 *
 * @throws {StudioError} 'model-unknown' with the list of known families and the field that decided
 */
export function readModel(config: ConfigObject): LlavaModel {
  const family = families.find((candidate) => candidate.matches(config));
  if (!family) {
    throw new StudioError(
      'model-unknown',
      `config: model_type ${JSON.stringify(config['model_type'] ?? null)} with this vision_config is none of the families known here (${families.map(({ name }) => name).join(', ')})`,
    );
  }
  return family.read(config);
}
