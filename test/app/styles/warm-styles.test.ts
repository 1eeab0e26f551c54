/** @file Styles that are laid out before they are chosen. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StyleRecord } from '../../../src/app/state/styles/style-record.ts';
import { warmStyles } from '../../../src/app/state/styles/warm-styles.ts';
import { styleSource } from '../fake-styles.ts';
import { openStyled } from './styled-stage.ts';

/** Lets a test say how time goes: one that lays styles out in no time must not seem to take long where the machine is busy. */
function holdTime(): void {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
}

describe('styles before they are chosen', () => {
  const record = (id: string, changes: Partial<StyleRecord['summary']> = {}): StyleRecord => {
    const summary = { id, sizeBytes: 1000, fit: { state: 'fits', reason: '' }, ...changes } as StyleRecord['summary'];
    return { id, name: id, zip: new Blob([]), addedAtMs: 0, summary };
  };

  it('are laid out one after another while nothing is done, the chosen one first, and no others', async () => {
    holdTime();
    const prepared: string[] = [];
    const shown = [
      record('a'),
      record('b'),
      record('other', { fit: { state: 'other', reason: 'no' } }),
      record('huge', { sizeBytes: 1e9 }),
    ];
    const prepare = async ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      await Promise.resolve();
    };
    warmStyles({ chosen: shown[1], prepare }, shown);
    await vi.advanceTimersByTimeAsync(399);
    expect(prepared).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(prepared).toEqual(['b', 'a']);
  });

  it('are left where one takes longer than a second', async () => {
    holdTime();
    const prepared: string[] = [];
    const prepare = ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      return new Promise((resolve) => setTimeout(resolve, 1001));
    };
    warmStyles({ chosen: undefined, prepare }, [record('a'), record('b')]);
    await vi.runAllTimersAsync();
    expect(prepared).toEqual(['a']);
  });

  it('are left when work comes, before the first and between two', async () => {
    holdTime();
    const prepared: string[] = [];
    let end = (): void => undefined;
    const prepare = async ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      end();
      await Promise.resolve();
    };
    warmStyles({ chosen: undefined, prepare }, [record('a')])();
    end = warmStyles({ chosen: undefined, prepare }, [record('b'), record('c')]);
    await vi.runAllTimersAsync();
    expect(prepared).toEqual(['b']);
  });

  it('are read and laid out by the engine through the library', async () => {
    const first = await openStyled();
    const style = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    const { workspace, loads, prepared } = await openStyled({}, first.stores);
    await workspace.styles.prepare(style);
    expect([loads, prepared]).toEqual([['tales'], ['tales']]);
  });
});
