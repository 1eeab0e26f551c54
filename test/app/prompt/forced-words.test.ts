/** @file Forced words among the decoding options: kept, checked, asked of the model, and absent from what was stored before there were any. */
import { describe, expect, it, vi } from 'vitest';
import { fillDecoding, type Recipe } from '../../../src/app/state/queue/recipe.ts';
import { checkDecoding, defaultDecoding } from '../../../src/core/decode/options.ts';
import { addCaptioned, openCompared } from '../compare/comparison-stage.ts';
import { openWorkspace } from '../stage.ts';

describe('forced words', () => {
  it('go into the recipe of the next pictures, and come back after a reload', async () => {
    const first = await openWorkspace();
    first.workspace.prompting.set('forcedWords', ['sks style', 'dog']);
    expect(first.workspace.prompting.recipe.changes).toEqual({ forcedWords: ['sks style', 'dog'] });
    const { workspace } = await openWorkspace({}, first.stores);
    expect(workspace.prompting.decoding.forcedWords).toEqual(['sks style', 'dog']);
    workspace.prompting.set('forcedWords', []);
    expect(workspace.prompting.changes).toEqual({});
  });

  it('are none in recipes from before there were any', () => {
    const old: Recipe = { label: 'One sentence', prompt: 'Say it.', system: null, changes: { beams: 4, bannedWords: ['cat'] } };
    const options = fillDecoding(JSON.parse(JSON.stringify(old)) as Recipe, defaultDecoding);
    expect(options.forcedWords).toEqual([]);
    expect(() => {
      checkDecoding(options);
    }).not.toThrow();
  });

  it('that contradict another option are told at their field', async () => {
    const { workspace } = await openWorkspace();
    workspace.prompting.set('bannedWords', ['hot']);
    workspace.prompting.set('forcedWords', ['hot dog']);
    expect(workspace.prompting.decodingTrouble).toEqual({
      field: 'forcedWords',
      text: 'must be free of banned words ("hot"), got "hot dog"',
    });
    expect(workspace.prompting.recipe.changes).toEqual({ bannedWords: ['hot'] });
  });

  it('that contradict another option leave the last options that went together, also after a reload, and say so where captions are asked for', async () => {
    const first = await openCompared();
    await addCaptioned(first.workspace, 1);
    const { prompting, notices, library } = first.workspace;
    prompting.set('temperature', 0.5);
    prompting.set('bannedWords', ['hot']);
    prompting.set('forcedWords', ['hot']);
    prompting.set('seed', 7);
    expect(prompting.recipe.changes).toEqual({ temperature: 0.5, bannedWords: ['hot'] });
    first.workspace.captionAgain(library.cards);
    const told = notices.toasts.find(({ subject }) => subject === 'decoding')?.text;
    expect(told).toBe(
      'Forced words must be free of banned words ("hot"), got "hot". Until that is mended, captions are written with the options from before: temperature 0.5, banned words hot.',
    );
    await vi.waitFor(() => expect(library.cards[0]?.report?.decoding).toMatchObject({ temperature: 0.5, seed: 0, bannedWords: ['hot'] }));
    expect(library.cards[0]?.author).toMatchObject({ decoding: { temperature: 0.5, bannedWords: ['hot'] } });
    const { workspace } = await openWorkspace({}, first.stores);
    expect(workspace.prompting.recipe.changes).toEqual({ temperature: 0.5, bannedWords: ['hot'] });
    workspace.prompting.set('forcedWords', []);
    expect(workspace.prompting.recipe.changes).toEqual({ temperature: 0.5, bannedWords: ['hot'], seed: 7 });
  });

  it('that the open model cannot write are told at their field, until they are others', async () => {
    const { workspace } = await openCompared();
    await addCaptioned(workspace, 1);
    const { prompting } = workspace;
    prompting.set('forcedWords', ['odd']);
    prompting.checkWordsSoon();
    await vi.waitFor(() =>
      expect(prompting.decodingTrouble).toEqual({ field: 'forcedWords', text: '"odd": the tokenizer has no tokens for it' }),
    );
    prompting.set('forcedWords', ['even']);
    expect(prompting.decodingTrouble).toBeUndefined();
  });
});
