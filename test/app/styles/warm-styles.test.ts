/** @file Styles that are laid out before they are chosen. */
import { describe, expect, it, vi } from 'vitest';
import type { StyleRecord } from '../../../src/app/state/styles/style-record.ts';
import { warmStyles } from '../../../src/app/state/styles/warm-styles.ts';
import { styleSource } from '../fake-styles.ts';
import { openStyled } from './styled-stage.ts';

describe('styles before they are chosen', () => {
  const record = (id: string, changes: Partial<StyleRecord['summary']> = {}): StyleRecord => {
    const summary = { id, sizeBytes: 1000, fit: { state: 'fits', reason: '' }, ...changes } as StyleRecord['summary'];
    return { id, name: id, zip: new Blob([]), addedAtMs: 0, summary };
  };

  it('are laid out one after another while nothing is done, the chosen one first, and no others', async () => {
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
    const end = warmStyles({ chosen: shown[1], prepare }, shown);
    await vi.waitFor(() => expect(prepared).toEqual(['b', 'a']));
    end();
  });

  it('are left when work comes, before the first and between two', async () => {
    const prepared: string[] = [];
    let end = (): void => undefined;
    const prepare = async ({ id }: StyleRecord): Promise<void> => {
      prepared.push(id);
      end();
      await Promise.resolve();
    };
    warmStyles({ chosen: undefined, prepare }, [record('a')])();
    end = warmStyles({ chosen: undefined, prepare }, [record('b'), record('c')]);
    await vi.waitFor(() => expect(prepared).toEqual(['b']));
    await new Promise((resolve) => setTimeout(resolve, 50));
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
