/** @file Reads fields of a checkpoint's config, naming those that are wrong. */

import { StudioError } from '../src/core/error.ts';

/** A JSON object of unknown content. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/** Beyond what any model has: a config that says more is damaged, or wants to fill the memory. */
export const mostSizes = { layers: 1024, width: 2 ** 17, heads: 4096, pixels: 8192 } as const;

/**
 * Reads a positive whole number up to `most`; `absent` stands in for a field that is not there.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readSize(config: ConfigObject, field: string, absent?: number, most = 2 ** 31): number {
  const value = config[field] ?? absent;
  if (!Number.isSafeInteger(value) || Number(value) <= 0 || Number(value) > most) {
    throw invalid(field, `a positive whole number up to ${String(most)}`, value);
  }
  return Number(value);
}

/**
 * Reads a finite number.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readNumber(config: ConfigObject, field: string, absent?: number): number {
  const value = config[field] ?? absent;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(field, 'a number', value);
  return value;
}

/**
 * Reads a boolean.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readFlag(config: ConfigObject, field: string, absent: boolean): boolean {
  const value = config[field] ?? absent;
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
  return value;
}

/**
 * Reads an object within the config; one that is not there is empty where `isOptional`.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readObject(config: ConfigObject, field: string, isOptional = false): ConfigObject {
  const value = config[field] ?? (isOptional ? {} : undefined);
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(field, 'an object', value);
  return value as ConfigObject;
}

/**
 * Reads a list.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readList(config: ConfigObject, field: string): readonly unknown[] {
  const value = config[field];
  if (!Array.isArray(value)) throw invalid(field, 'a list', value);
  return value;
}

function invalid(field: string, wanted: string, got: unknown): StudioError {
  return new StudioError(
    'file-invalid',
    `config: ${field} must be ${wanted}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}; is this the checkpoint's own config.json?`,
  );
}
