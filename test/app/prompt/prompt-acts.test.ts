/** @file What the prompt panel takes away comes back. */
import { describe, expect, it } from 'vitest';
import { choosePreset, dropSystem, removePreset, resetDecoding } from '../../../src/app/state/prompt/prompt-acts.ts';
import type { Workspace } from '../../../src/app/state/workspace.svelte.ts';
import { sayExcerpt, sayStart } from '../../../src/app/state/words.ts';
import { openWorkspace } from '../stage.ts';

function bringBack({ notices }: Workspace): void {
  notices.toasts.at(-1)?.acts[0]?.run();
}

describe('the prompt panel', () => {
  it('offers one’s own words where a preset takes their place, and says nothing where one preset follows another', async () => {
    const { workspace } = await openWorkspace();
    const { prompting, notices } = workspace;
    choosePreset(workspace, 'tags');
    expect(notices.toasts).toEqual([]);
    prompting.write('Every colour in {name}, please.');
    choosePreset(workspace, 'sentence');
    expect(prompting.preset?.id).toBe('sentence');
    bringBack(workspace);
    expect([prompting.prompt, prompting.preset]).toEqual(['Every colour in {name}, please.', undefined]);
  });

  it('offers in turn what was typed since, and each offer stands by itself', async () => {
    const { workspace } = await openWorkspace();
    const { prompting, notices } = workspace;
    for (const words of ['Mine.', 'Yours.']) {
      prompting.write(words);
      choosePreset(workspace, 'sentence');
    }
    expect(notices.toasts.map(({ text }) => text)).toEqual(['Mine.', 'Yours.']);
    prompting.write('Typed since.');
    notices.toasts[0]?.acts[0]?.run();
    expect([prompting.prompt, notices.toasts.at(-1)?.text]).toEqual(['Mine.', 'Typed since.']);
    bringBack(workspace);
    expect([prompting.prompt, notices.toasts.at(-1)?.text]).toEqual(['Typed since.', 'Mine.']);

    prompting.writeSystem('You are brief.');
    dropSystem(workspace);
    const [dropped] = notices.toasts.slice(-1);
    prompting.writeSystem('You are wordy.');
    dropped?.acts[0]?.run();
    expect([prompting.system, notices.toasts.at(-1)?.text]).toEqual(['You are brief.', 'You are wordy.']);
    bringBack(workspace);
    expect(prompting.system).toBe('You are wordy.');
  });

  it('brings a deleted preset back beside one that was saved since, and leaves the words that are there by then', async () => {
    const { workspace } = await openWorkspace();
    const { prompting, notices } = workspace;
    prompting.write('First.');
    prompting.savePreset('One');
    removePreset(workspace);
    const [deleted] = notices.toasts;
    prompting.write('Second.');
    prompting.savePreset('Two');
    deleted?.acts[0]?.run();
    expect(prompting.presets.slice(-2).map(({ label }) => label)).toEqual(['One', 'Two']);
    expect([prompting.prompt, prompting.preset?.label]).toEqual(['Second.', 'Two']);
    removePreset(workspace);
    bringBack(workspace);
    expect([prompting.prompt, prompting.preset?.label]).toEqual(['Second.', 'Two']);
  });

  it('brings back a system prompt and decoding options that gave way to the model’s own', async () => {
    const { workspace } = await openWorkspace();
    const { prompting } = workspace;
    prompting.writeSystem('You are brief.');
    dropSystem(workspace);
    expect(prompting.hasOwnSystem).toBe(false);
    bringBack(workspace);
    expect(prompting.system).toBe('You are brief.');
    prompting.set('maxNewTokens', 7);
    resetDecoding(workspace);
    expect(prompting.changes).toEqual({});
    prompting.set('beams', 3);
    bringBack(workspace);
    expect(prompting.changes).toEqual({ maxNewTokens: 7, beams: 3 });
  });
});

describe('sayExcerpt', () => {
  it('leaves what can be read, and says how much of a longer text is left out', () => {
    expect(sayExcerpt('short')).toBe('short');
    const said = sayExcerpt(`begin${'x'.repeat(1_000_000)}end`);
    expect(said.length).toBeLessThan(9000);
    expect(said).toMatch(/^beginx+\n… 992,008 characters …\nx+end$/u);
  });
});

describe('sayStart', () => {
  it('leaves a short text whole, and cuts a long one between characters', () => {
    expect(sayStart('short')).toBe('short');
    expect(sayStart(`${'x'.repeat(119)}🐈 and more`)).toBe(`${'x'.repeat(119)}🐈…`);
    expect(sayStart('🐈'.repeat(200))).toBe(`${'🐈'.repeat(120)}…`);
  });
});
