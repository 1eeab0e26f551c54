/** @file The hash in pieces against the system's own. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startSha256 } from '../../../src/core/codec/sha256.ts';

function hashInPieces(bytes: Uint8Array, cuts: readonly number[]): string {
  const hash = startSha256();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    hash.update(bytes.subarray(start, end));
    start = end;
  }
  return hash.digest();
}

describe('startSha256', () => {
  it('gives the published hash of nothing and of "abc"', () => {
    expect(startSha256().digest()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hashInPieces(new TextEncoder().encode('abc'), [1])).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('gives what the system gives, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 4 }), (bytes, cuts) => {
        expect(hashInPieces(bytes, cuts)).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
      { numRuns: 500 },
    );
  });
});
