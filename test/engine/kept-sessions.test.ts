/** @file What several users share is opened by the first and closed by the last. */
import { describe, expect, it, vi } from 'vitest';
import { keepOpen } from '../../src/engine/kept-sessions.ts';

interface Thing {
  readonly name: string;
}

const open = (name: string) => vi.fn(() => Promise.resolve<Thing>({ name }));

describe('what is kept open', () => {
  it('is opened once for all who take it, and closed by the last to let go', async () => {
    const shut = vi.fn((_: Thing) => Promise.resolve());
    const kept = keepOpen(shut);
    const [first, second] = [open('first'), open('second')];
    const taken = await Promise.all([kept.take('key', first), kept.take('key', second)]);
    expect(taken).toEqual([{ name: 'first' }, { name: 'first' }]);
    expect(second).not.toHaveBeenCalled();
    await kept.release('key');
    expect(shut).not.toHaveBeenCalled();
    await kept.release('key');
    expect(shut).toHaveBeenCalledExactlyOnceWith({ name: 'first' });
    expect(await kept.take('key', second)).toEqual({ name: 'second' });
  });

  it('is tried again after it could not be opened', async () => {
    const kept = keepOpen<Thing>(() => Promise.resolve());
    await expect(kept.take('key', () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    expect(await kept.take('key', open('later'))).toEqual({ name: 'later' });
  });

  it('is closed with all others at the end, and nothing is closed twice', async () => {
    const shut = vi.fn((_: Thing) => Promise.resolve());
    const kept = keepOpen(shut);
    await kept.take('a', open('a'));
    await kept.take('b', open('b'));
    await kept.release('a');
    await kept.release('a');
    await kept.close();
    await kept.close();
    expect(shut.mock.calls).toEqual([[{ name: 'a' }], [{ name: 'b' }]]);
  });
});
