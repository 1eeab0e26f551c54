/** @file What the browser remembers of the user's choices. */
import { describe, expect, it } from 'vitest';
import { Settings, type SettingsRecord } from '../../src/app/state/settings.svelte.ts';
import { memoryRecords } from './stage.ts';

describe('settings', () => {
  it('that are changed before the others are read take the place of none of those', async () => {
    const records = memoryRecords<SettingsRecord>();
    const before = new Settings(records);
    await before.load();
    before.change({ prompt: 'My own prompt.', theme: 'dark' });
    const settings = new Settings(records);
    const loading = settings.load();
    settings.change({ theme: 'light' });
    await loading;
    expect(settings.now).toMatchObject({ prompt: 'My own prompt.', theme: 'light' });
    expect(await records.load('settings')).toMatchObject({ prompt: 'My own prompt.', theme: 'light' });
  });
});
