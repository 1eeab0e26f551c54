/** @file Tests of the error type. */
import { describe, expect, it } from 'vitest';
import { StudioError, assertInternal, present } from '../../src/core/error.ts';

describe('StudioError', () => {
  it('keeps its code, cause and details', () => {
    const cause = new TypeError('below');
    const error = new StudioError('network', 'fetch: no answer; check the address', { cause, details: { status: 0 } });
    expect(error).toMatchObject({ name: 'StudioError', code: 'network', cause, details: { status: 0 } });
  });

  it('has no cause and empty details unless given', () => {
    const error = new StudioError('integrity', 'shard 1: other bytes');
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error.details).toEqual({});
  });
});

describe('assertInternal', () => {
  it('throws internal when an invariant of ours is broken', () => {
    expect(() => {
      assertInternal(false, 'two and two');
    }).toThrow(expect.objectContaining({ code: 'internal', message: 'internal: two and two' }));
  });
});

describe('present', () => {
  it('returns zero and the empty string, which are values', () => {
    expect(present(0, 'n')).toBe(0);
    expect(present('', 's')).toBe('');
  });

  it('throws internal for undefined and null', () => {
    expect(() => present(undefined, 'gone')).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => present(null, 'gone')).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
