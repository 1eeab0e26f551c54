/** @file Makers and readers of node attributes. */

import { StudioError } from '../error.ts';
import type { Attribute, Attributes } from './graph.ts';

/** Makes a whole-number attribute. */
export const int = (value: number): Attribute => ({ kind: 'int', value });
/** Makes a floating-point attribute. */
export const float = (value: number): Attribute => ({ kind: 'float', value });
/** Makes a text attribute. */
export const text = (value: string): Attribute => ({ kind: 'string', value });
/** Makes a list of whole numbers. */
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

/** Reads a whole or floating number, with a default for an attribute that is absent. */
export function numberAttribute(attributes: Attributes, name: string, absent: number): number {
  const found = attributes[name];
  if (found === undefined) return absent;
  if (found.kind === 'int' || found.kind === 'float') return found.value;
  throw new StudioError('internal', `internal: attribute ${name} is ${found.kind}, expected a number`);
}

/** Reads a list of whole numbers, or null where the attribute is absent. */
export function intsAttribute(attributes: Attributes, name: string): readonly number[] | null {
  const found = attributes[name];
  if (found === undefined) return null;
  if (found.kind === 'ints') return found.value;
  throw new StudioError('internal', `internal: attribute ${name} is ${found.kind}, expected a list of whole numbers`);
}

/** Reads a text attribute, with a default for one that is absent. */
export function textAttribute(attributes: Attributes, name: string, absent: string): string {
  const found = attributes[name];
  if (found === undefined) return absent;
  if (found.kind === 'string') return found.value;
  throw new StudioError('internal', `internal: attribute ${name} is ${found.kind}, expected text`);
}
