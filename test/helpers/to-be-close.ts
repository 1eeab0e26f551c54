/** @file Comparing numbers with a relative and an absolute tolerance, as numpy.allclose does. */

import { expect } from 'vitest';

/** How far a number may be from the expected one: atol + rtol · |expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Fails unless every number is as close to its expected one as the tolerance says; the message names the worst place. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance, what = 'values'): void {
  expect(actual.length, `${what}: how many`).toBe(expected.length);
  let worst = { excess: 0, at: -1 };
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    const excess = found === wanted ? 0 : Math.abs(found - wanted) / (tolerance.atol + tolerance.rtol * Math.abs(wanted));
    if (!(excess <= worst.excess)) worst = { excess: Number.isNaN(excess) ? Infinity : excess, at: i };
  }
  const { excess, at } = worst;
  const message = `${what}: [${String(at)}] is ${String(actual[at])}, expected ${String(expected[at])}, ${excess.toPrecision(3)} times the tolerance`;
  expect(excess, message).toBeLessThanOrEqual(1);
}
