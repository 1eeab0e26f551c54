/** @file Reads fields of a checkpoint's config by their path (`text_config.hidden_size`), naming those that are wrong. */

import { showJson } from '../src/core/codec/json.ts';
import { StudioError, type StudioErrorCode } from '../src/core/error.ts';

/** A JSON object of unknown content. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/** Beyond what any model has: a config that says more is damaged, or wants to fill the memory. */
export const mostSizes = {
  layers: 1024,
  width: 2 ** 17,
  heads: 4096,
  pixels: 8192,
  feedForward: 2 ** 20,
  vocabulary: 2 ** 24,
  positions: 2 ** 28,
} as const;

/** What is read where a field is absent, and how much it may be. */
export interface SizeRule {
  readonly absent?: number;
  readonly most: number;
}

/**
 * Reads a positive whole number.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readSize(config: ConfigObject, field: string, { absent, most }: SizeRule): number {
  const value = valueAt(config, field) ?? absent;
  if (!Number.isSafeInteger(value) || Number(value) <= 0 || Number(value) > most) {
    throw invalidField(field, `a positive whole number up to ${String(most)}`, value);
  }
  return Number(value);
}

/**
 * Reads the id of a token, which begin at 0.
 *
 * @throws {StudioError} 'file-invalid' naming the field, also where no token of the vocabulary has that id
 */
export function readTokenId(
  config: ConfigObject,
  field: string,
  given: { readonly absent?: number; readonly vocabularySize: number },
): number {
  const value = valueAt(config, field) ?? given.absent;
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw invalidField(field, 'a token id, a whole number from 0', value);
  if (Number(value) < given.vocabularySize) return Number(value);
  throw invalidField(field, `below ${String(given.vocabularySize)}, as text_config.vocab_size has it`, value);
}

/**
 * Reads a number above 0, up to `most`.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readPositive(config: ConfigObject, field: string, { absent, most }: SizeRule): number {
  const value = valueAt(config, field) ?? absent;
  if (typeof value !== 'number' || !(value > 0 && value <= most))
    throw invalidField(field, `a number above 0, up to ${String(most)}`, value);
  return value;
}

/**
 * Reads a boolean.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readFlag(config: ConfigObject, field: string, absent: boolean): boolean {
  const value = valueAt(config, field) ?? absent;
  if (typeof value !== 'boolean') throw invalidField(field, 'true or false', value);
  return value;
}

/**
 * Reads an object within the config; one that is not there is empty where `isOptional`.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readObject(config: ConfigObject, field: string, isOptional = false): ConfigObject {
  const value = valueAt(config, field) ?? (isOptional ? {} : undefined);
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidField(field, 'an object', value);
  return value as ConfigObject;
}

/**
 * Reads a list of one entry or more.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readList(config: ConfigObject, field: string, most: number): readonly unknown[] {
  const value = valueAt(config, field);
  if (Array.isArray(value) && value.length > 0 && value.length <= most) return value as readonly unknown[];
  throw invalidField(field, `a list of up to ${String(most)} entries`, value);
}

/** Makes the error of a field whose value is out of what can be. */
export function invalidField(field: string, wanted: string, got: unknown): StudioError {
  const found = Array.isArray(got) ? `a list of ${String(got.length)}` : got === undefined ? 'nothing' : showJson(got);
  return fieldError('file-invalid', field, `must be ${wanted}, got ${found}; is this the checkpoint's own config.json?`);
}

/** Makes the error of a field whose value is good, and not known here. */
export function unknownField(field: string, got: unknown, known: readonly string[]): StudioError {
  return fieldError('model-unknown', field, `is ${showJson(got ?? null)}; known here: ${known.join(', ')}`);
}

/** Makes an error that names the config and its field. @param rest what follows the field in the sentence */
export function fieldError(code: StudioErrorCode, field: string, rest: string): StudioError {
  return new StudioError(code, `config.json: ${field} ${rest}`, { details: { file: 'config.json', field } });
}

/** Gives what stands at a path of keys with dots between them; of null as of what is absent. */
function valueAt(config: ConfigObject, field: string): unknown {
  let value: unknown = config;
  for (const key of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as ConfigObject)[key];
  }
  return value ?? undefined;
}
