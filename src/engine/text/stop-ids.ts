/** @file Which token ids end a text, from what a checkpoint says in several places. */

import { isJsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import type { TextTokenizer } from './tokenizer.ts';

/**
 * Reads `eos_token_id` of `generation_config.json`, a number or a list; without it, the tokenizer's end token counts.
 *
 * @throws {StudioError} 'file-invalid' when it is neither
 */
export function readStopIds(generationConfig: unknown, tokenizer: Pick<TextTokenizer, 'eosIds'>): readonly number[] {
  const value = isJsonObject(generationConfig) ? (generationConfig['eos_token_id'] ?? null) : null;
  if (value === null) return tokenizer.eosIds;
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  return ids.map((id) => {
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return id;
    throw new StudioError('file-invalid', `generation_config.json: eos_token_id must be whole numbers, got ${JSON.stringify(value)}`);
  });
}
