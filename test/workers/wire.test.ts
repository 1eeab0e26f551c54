import { expose, wrap } from 'comlink';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import { fromWireError, installErrorWire, toWireError } from '../../workers/wire.ts';

installErrorWire();

/** What a call throws on the other side of a message channel. */
async function throwAcross(thrown: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  expose(() => {
    throw thrown;
  }, port1);
  port1.start();
  port2.start();
  try {
    await wrap<() => void>(port2)();
    return undefined;
  } catch (caught) {
    return caught;
  } finally {
    port1.close();
    port2.close();
  }
}

describe('the error wire', () => {
  it('keeps code, message, details and causes of a StudioError', async () => {
    const cause = new StudioError('network', 'the line is dead');
    const caught = await throwAcross(new StudioError('integrity', 'shard 3 differs', { cause, details: { shard: 3 } }));
    expect(caught).toBeInstanceOf(StudioError);
    expect(caught).toMatchObject({ code: 'integrity', message: 'shard 3 differs', details: { shard: 3 }, cause: { code: 'network' } });
  });

  it('lets other errors stay what they are', async () => {
    const caught = await throwAcross(new RangeError('too far'));
    expect(caught).not.toBeInstanceOf(StudioError);
    expect(caught).toMatchObject({ name: 'RangeError', message: 'too far' });
  });

  it('writes details that cannot be cloned as text, so that the error arrives', () => {
    const wire = toWireError(new StudioError('internal', 'x', { details: { size: 4, open: () => 1 } }));
    expect(wire.details['size']).toBe(4);
    expect(wire.details['open']).toContain('1');
  });

  it('ends where errors cause each other in a circle', () => {
    const error = new StudioError('internal', 'x');
    error.cause = error;
    expect(fromWireError(toWireError(error)).message).toBe('x');
  });
});
