/** @file Ways to caption: what can be ticked, what is ticked at first, and what is asked in the end. */
import { describe, expect, it, vi } from 'vitest';
import { Batch } from '../../../src/app/state/dataset/batch.svelte.ts';
import { WayPicker, type WayParts } from '../../../src/app/state/prompt/way-picker.svelte.ts';
import { captionEach } from '../../../src/app/state/queue/caption-acts.ts';
import type { Recipe } from '../../../src/app/state/queue/recipe.ts';
import { sayRecipe } from '../../../src/app/state/queue/recipe.ts';
import { ShippedStyles } from '../../../src/app/state/styles/shipped-styles.svelte.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { addCaptioned, openCompared, zeroShot } from '../compare/comparison-stage.ts';
import { styleSource } from '../fake-styles.ts';

const haiku = {
  name: 'haiku',
  title: 'Haiku',
  facts: 'LoRA, rank 4',
  files: [],
  sizeBytes: 1,
  base: { name: 'llava-mini' },
  scores: [],
  sample: '',
};

/** A page with the styles Tales and Short, and one that comes with the studio and waits to be taken. */
async function open(modelId?: string): Promise<{ readonly workspace: Workspace; readonly parts: WayParts }> {
  const { workspace } = await openCompared();
  const { prompting, styles, models } = workspace;
  const shipped = new ShippedStyles(styles, {
    list: () => Promise.resolve([haiku]),
    fetch: ({ name, title }) => Promise.resolve(styleSource(name, title)),
  });
  await shipped.load();
  return { workspace, parts: { prompting, styles, shipped, models: { chosenId: modelId ?? models.chosenId } } };
}

const say = (recipes: readonly Recipe[]): readonly string[] => recipes.map(sayRecipe);

describe('ways to caption', () => {
  it('begin with the prompt and the style that are chosen, at its strength', async () => {
    const { workspace, parts } = await open();
    expect(say(await new WayPicker(parts).takeRecipes('by-style'))).toEqual(['One sentence']);
    workspace.styles.choose('tales');
    workspace.styles.setScale(1.3);
    workspace.prompting.write('What is this?');
    const ways = new WayPicker(parts);
    expect(say(await ways.takeRecipes('by-style'))).toEqual(['Own words, Tales × 1.3']);
    expect(ways.styles.find(({ id }) => id === 'tales')?.strengths).toContain(1.3);
    ways.toggleStyle('tales');
    expect(ways.count).toBe(0);
    ways.toggleStyle('tales');
    expect(ways.strengthsOf('tales')).toEqual([1.3]);
  });

  it('are the model as it is, the styles of the library and those that wait to be taken, with every prompt', async () => {
    const { workspace, parts } = await open();
    workspace.prompting.write('What is this?');
    workspace.prompting.savePreset('Question');
    workspace.prompting.write('And that?');
    const ways = new WayPicker(parts);
    expect(ways.styles.map(({ name, refusal }) => [name, refusal])).toEqual(
      ['Zero-shot', 'Tales', 'Short', 'Haiku'].map((name) => [name, undefined]),
    );
    expect(ways.prompts.map(({ label }) => label)).toEqual(['One sentence', 'Detail', 'Tags', 'Screen reader', 'Question', 'Own words']);
  });

  it('say of a style that was learned on another model why it cannot be ticked, and leave it out', async () => {
    const { workspace, parts } = await open('some-other-model');
    const [tales] = workspace.styles.all;
    if (tales === undefined) return expect.unreachable();
    const fit = { state: 'other', reason: 'Tales: made for another.' } as const;
    workspace.styles.all = workspace.styles.all.map((one) => (one === tales ? { ...one, summary: { ...one.summary, fit } } : one));
    workspace.styles.choose('tales');
    const ways = new WayPicker(parts);
    expect(ways.styles.map(({ name, refusal }) => [name, refusal])).toEqual([
      ['Zero-shot', undefined],
      ['Tales', 'Tales: made for another.'],
      ['Short', undefined],
      ['Haiku', 'Learned on llava-mini, the model that comes with the studio.'],
    ]);
    expect(ways.count).toBe(0);
    ways.tickAllStyles();
    expect(say(await ways.takeRecipes('by-prompt'))).toEqual(['One sentence', 'One sentence, Short']);
  });

  it('take a style that comes with the studio only when it is used, and once', async () => {
    const { workspace, parts } = await open();
    const ways = new WayPicker(parts);
    ways.toggleStyle('haiku');
    expect(ways.count).toBe(2);
    expect(workspace.styles.all).toHaveLength(2);
    expect(say(await ways.takeRecipes('by-prompt'))).toEqual(['One sentence', 'One sentence, Haiku']);
    expect(workspace.styles.all.map(({ name }) => name)).toEqual(['Tales', 'Short', 'Haiku']);
    expect(new WayPicker(parts).styles.map(({ name }) => name)).toEqual(['Zero-shot', 'Tales', 'Short', 'Haiku']);
  });

  it('come prompt by prompt for a table, and style by style for the line', async () => {
    const { parts } = await open();
    const ways = new WayPicker(parts);
    ways.togglePrompt('detail');
    ways.toggleStyle('tales');
    ways.toggleStrength('tales', 0.5);
    const [one, two] = ['One sentence', 'Detail'];
    expect(ways.count).toBe(6);
    expect(say(await ways.takeRecipes('by-prompt'))).toEqual(
      [one, two].flatMap((label) => [label, `${label}, Tales × 0.5`, `${label}, Tales`]),
    );
    expect(say(await ways.takeRecipes('by-style'))).toEqual(
      ['', ', Tales × 0.5', ', Tales'].flatMap((style) => [`${one}${style}`, `${two}${style}`]),
    );
  });

  it('caption each chosen picture in all of them, beside what is there or in its place', async () => {
    const { workspace, parts } = await open();
    await addCaptioned(workspace, 1);
    const [card] = workspace.library.cards;
    if (card === undefined) return expect.unreachable();
    const batch = new Batch([card], parts);
    batch.ways.toggleStyle('haiku');
    expect(batch.captions).toBe(2);
    captionEach(workspace, batch.cards, await batch.takeRecipes());
    await vi.waitFor(() => expect(card.content.captions.map(({ text }) => text)).toContain(`${zeroShot} In haiku at 1.`));
    await workspace.queue.settled();
    expect(card.text).toBe(zeroShot);
    batch.goal = 'overwrite';
    captionEach(workspace, batch.cards, await batch.takeRecipes());
    await vi.waitFor(() => expect(card.text).toBe(`${zeroShot} In haiku at 1.`));
  });
});
